import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";

/**
 * Headers that a service must copy from the request it answers to the requests it makes: without
 * them a mesh cannot join the spans of one trace, nor match a user beyond the first hop.
 */
const FORWARDED_HEADERS = [
  "x-request-id",
  "traceparent",
  "tracestate",
  "b3",
  "x-b3-traceid",
  "x-b3-spanid",
  "x-b3-parentspanid",
  "x-b3-sampled",
  "x-b3-flags",
  "x-ot-span-context",
  "x-cloud-trace-context",
  "grpc-trace-bin",
  "end-user",
  "user-agent",
  "cookie",
  "authorization",
  "jwt",
];

/** The headers of `incoming` that travel on. */
export function forwardedHeaders(incoming: IncomingHttpHeaders): OutgoingHttpHeaders {
  const outgoing: OutgoingHttpHeaders = {};
  for (const name of FORWARDED_HEADERS) {
    const value = incoming[name];
    if (value !== undefined) outgoing[name] = value;
  }
  return outgoing;
}

/** What came back: a status, and the body when it was JSON. No answer at all is status 500. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** How to ask. `tries` counts the first attempt; only a 200 ends them early. */
export interface CallOptions {
  readonly headers: OutgoingHttpHeaders;
  readonly timeoutMs: number;
  readonly tries?: number;
}

/** A neighbour's answer is small; more than this is a mistake. */
const MAX_BODY_BYTES = 1024 * 1024;

/** GETs JSON from another service. Never rejects: failure is an {@link Answer} too. */
export async function call(url: string, options: CallOptions): Promise<Answer> {
  let answer = await callOnce(url, options);
  for (let tried = 1; tried < (options.tries ?? 1) && answer.status !== 200; tried += 1) {
    answer = await callOnce(url, options);
  }
  return answer;
}

function callOnce(url: string, { headers, timeoutMs }: CallOptions): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = () => resolve({ status: 500, body: undefined });
    // `http.request` (not `fetch`) so that NODE_USE_ENV_PROXY sends plain absolute-form requests.
    const outgoing = request(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
    outgoing.on("error", failed);
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BODY_BYTES) outgoing.destroy(new Error("the answer is too large"));
        else chunks.push(chunk);
      });
      response.on("error", failed);
      response.on("end", () => {
        const status = response.statusCode ?? 500;
        resolve({ status, body: parseJson(Buffer.concat(chunks).toString("utf8")) });
      });
    });
    outgoing.end();
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
