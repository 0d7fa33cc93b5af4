/**
 * Holds the HTTP/1.1 codecs against the strict cases of llhttp, a parser whose verdicts many know:
 * what is an error there must be one here, and what is accepted there is accepted here as well,
 * except for the table below, which says where and why we are stricter.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "./fixture/client-fixture.ts";
import { type LlhttpCase, readLlhttpCases, whySkipLlhttp } from "./fixture/llhttp-case.ts";
import { send, serve } from "./fixture/server-fixture.ts";

const ONE_EMPTY_LINE = "one empty line before a message is skipped, not more, and none by a client";
const LEADING_ZERO = "nobody writes leading zeros, and some read them as octal";
const OTHER_CODING = "a body in a coding that we do not know cannot be cut into messages";
const OTHER_PROTOCOL = "RTSP, ICE and HTTP/0.9 are not HTTP/1.1";
const FRAGMENT = "a target has no fragment (RFC 9112 section 3.2)";
const BODY_OF_101 = "101 has no body (RFC 9110 section 8.6)";

/** Accepted there, an error here. */
const STRICTER: Readonly<Record<string, string>> = {
  "request/connection.md: CRLF between requests, implicit `keep-alive`": ONE_EMPTY_LINE,
  "request/content-length.md: `Content-Length` with zeroes": LEADING_ZERO,
  "request/content-length.md: `Content-Length` with follow-up headers": LEADING_ZERO,
  "request/method.md: CONNECT with body": "no one agrees whether a tunnel begins with the body",
  "request/method.md: M-SEARCH request": "only OPTIONS asks for *",
  "request/method.md: SOURCE request with ICE": OTHER_PROTOCOL,
  "request/method.md: OPTIONS request with RTSP": OTHER_PROTOCOL,
  "request/method.md: ANNOUNCE request with RTSP": OTHER_PROTOCOL,
  "request/method.md: PRI request HTTP2": "HTTP/2 has a codec of its own",
  "request/sample.md: No HTTP version": OTHER_PROTOCOL,
  "request/transfer-encoding.md: POST with `chunked` as last transfer-encoding": FRAGMENT,
  "request/transfer-encoding.md: POST with `chunked` as last transfer-encoding (multiple headers)":
    FRAGMENT,
  "request/uri.md: Fragment in URI": FRAGMENT,
  "request/uri.md: `host:port` and basic auth":
    "user info in a target is a trick (RFC 9110 section 4.2.4)",
  "response/connection.md: HTTP 101 response with Upgrade and Content-Length header": BODY_OF_101,
  "response/connection.md: HTTP 101 response with Upgrade and Transfer-Encoding header":
    BODY_OF_101,
  "response/connection.md: HTTP 100 first, then 400": ONE_EMPTY_LINE,
  "response/sample.md: RTSP response": OTHER_PROTOCOL,
  "response/sample.md: ICE response": OTHER_PROTOCOL,
  "response/sample.md: HTTP version 0.9": OTHER_PROTOCOL,
  "response/sample.md: Response starting with CRLF": ONE_EMPTY_LINE,
  "response/transfer-encoding.md: `chunked` before other transfer-encoding": OTHER_CODING,
  "response/transfer-encoding.md: multiple transfer-encoding where chunked is not the last one":
    OTHER_CODING,
  "response/transfer-encoding.md: `chunkedchunked` transfer-encoding does not enable chunked enconding":
    OTHER_CODING,
};

interface Verdict {
  readonly isError: boolean;
  /** Heads of requests, or of responses that are not interim. */
  readonly headCount: number;
}

describe("llhttp's strict cases", { skip: whySkipLlhttp() }, () => {
  const requests = readLlhttpCases("request");
  for (const each of requests)
    test(each.name, async () => compare(each, expectRequests(each), await judgeRequests(each)));

  const responses = readLlhttpCases("response");
  for (const each of responses)
    test(each.name, async () => compare(each, expectResponse(each), await judgeResponse(each)));

  test("are all read, and each deviation is one of them", () => {
    const names = new Set([...requests, ...responses].map(({ name }) => name));
    assert.ok(names.size > 150, `${names.size} cases`);
    assert.deepEqual(
      Object.keys(STRICTER).filter((name) => !names.has(name)),
      [],
    );
  });
});

function compare({ name, bytes }: LlhttpCase, want: Verdict, got: Verdict & { why: string }): void {
  const reason = STRICTER[name];
  if (reason === undefined) {
    assert.equal(got.isError, want.isError, `${got.why}\n${JSON.stringify(bytes)}`);
    if (!want.isError) assert.equal(got.headCount, want.headCount, JSON.stringify(bytes));
  } else assert.deepEqual([want.isError, got.isError], [false, true], `stricter: ${reason}`);
}

/** Pauses are how that parser hands a tunnel over; data after the last message is not read here. */
function isError(line: string): boolean {
  if (/ finish=2$/.test(line)) return true;
  return (
    / error code=/.test(line) && !/ reason="(?:Pause on |Data after `Connection: close`)/.test(line)
  );
}

/** Some cases stop where that parser already knows; here a head is judged when it is whole. */
function completion(log: readonly string[]): string {
  const stopsInHead = !log.some((line) => line.includes(" headers complete "));
  return stopsInHead && log.some((line) => line.includes(" error code=")) ? "\r\n\r\n" : "";
}

function expectRequests({ log }: LlhttpCase): Verdict {
  const headCount = log.filter((line) => line.includes(" headers complete ")).length;
  return { isError: log.some(isError), headCount };
}

async function judgeRequests({
  bytes,
  endsWithFin,
  log,
}: LlhttpCase): Promise<Verdict & { why: string }> {
  const { client, seen, streams } = serve();
  await send(client, addHosts(bytes), completion(log));
  if (endsWithFin) client.end();
  await send(client);
  const why = seen.find((line) => line.startsWith("error")) ?? "accepted";
  return { isError: why !== "accepted", headCount: streams.length, why };
}

/** Most cases have no Host, which is no subject of a parser, but the end of every request here. */
function addHosts(bytes: string): string {
  return bytes.replace(
    /^([A-Z-]+ \S+ HTTP\/1\.1\r\n)((?:[^\r\n]+\r\n)*)/gm,
    (whole, line: string, fields: string) =>
      /^host:/im.test(fields) ? whole : `${line}Host: ${hostOf(line)}\r\n${fields}`,
  );
}

function hostOf(line: string): string {
  return /^\S+ (?:\w+:\/\/)?([^\s/?]+)/.exec(line)?.[1] ?? "a";
}

/** Only the first response: what follows it is bytes that nobody asked for. */
function expectResponse({ log }: LlhttpCase): Verdict {
  let headCount = 0;
  for (const line of log) {
    if (isError(line)) return { isError: true, headCount };
    if (/ headers complete status=(?!1(?!01))/.test(line)) headCount = 1;
    if (headCount > 0 && line.includes(" message complete")) break;
  }
  return { isError: false, headCount };
}

async function judgeResponse({
  bytes,
  endsWithFin,
  log,
}: LlhttpCase): Promise<Verdict & { why: string }> {
  const { upstream, seen, ask } = connect();
  if (/^HTTP\/1.1 101 /m.test(bytes)) ask("GET", ["upgrade", "websocket"], false);
  else ask();
  await send(upstream, bytes, completion(log));
  if (endsWithFin) upstream.end();
  await send(upstream);
  const why = seen.find((line) => line.startsWith("reset")) ?? "accepted";
  const headCount = seen.filter((line) => line.startsWith("head")).length;
  return { isError: why !== "accepted", headCount, why };
}
