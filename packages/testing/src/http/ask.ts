import { type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";

/** One response, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** From sending the request to the last byte. */
  readonly durationMs: number;
  /** The body as JSON; throws when it is none. */
  json<Value = unknown>(): Value;
}

/** How to ask. */
export interface AskOptions {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  readonly agent?: Agent;
  /** Default 30,000. */
  readonly timeoutMs?: number;
}

/**
 * Sends one HTTP/1.1 request and reads the response. Rejects when none came. Proxy variables of the
 * environment are not obeyed: a test speaks to whom it names.
 */
export function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body, agent, timeoutMs = 30_000 } = options;
  const startedAtMs = performance.now();
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = request(url, { method, headers, signal, ...(agent && { agent }) });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text,
          durationMs: performance.now() - startedAtMs,
          json: () => JSON.parse(text),
        });
      });
    });
    outgoing.end(body);
  });
}
