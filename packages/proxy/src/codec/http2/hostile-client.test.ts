import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createFakeClock } from "@weft/testing";
import { DEFAULT_CODEC_OPTIONS } from "../codec-options.ts";
import { END_HEADERS, END_STREAM, frame, headerBlock, headers, reset } from "./fixture/frame.ts";
import { createHttp2ServerCodec } from "./server-codec.ts";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const NO_SETTINGS = frame("SETTINGS", 0, 0);

/** A server, and the client's bare end of its connection. */
function setUp() {
  const [client, socket] = duplexPair();
  const clock = createFakeClock();
  const seen: string[] = [];
  createHttp2ServerCodec(
    socket,
    {
      onRequest(stream) {
        seen.push(`${stream.request.method} ${stream.request.path}`);
        return {
          onData() {},
          onTrailers() {},
          onReset: (reason) => seen.push(`reset ${reason}`),
          onWritable() {},
        };
      },
      onProtocolError: (detail, status) => seen.push(`error ${status} ${detail}`),
      onClosed: () => seen.push("closed"),
    },
    DEFAULT_CODEC_OPTIONS,
    clock,
  );
  client.resume();
  const until = async (line: string) => {
    for (let turns = 0; turns < 1000 && !seen.includes(line); turns += 1) await turn();
    assert(seen.includes(line), `${line} among: ${seen.join("; ")}`);
  };
  return { client, clock, seen, until };
}

describe("http2 server and a client that means harm", () => {
  test("a bad request that is reset at once costs its stream, not the process", async () => {
    const { client, seen, until } = setUp();
    client.write(
      Buffer.concat([
        PREFACE,
        NO_SETTINGS,
        headers(1, request("get", "/")),
        reset(1, "CANCEL"),
        headers(3, request("GET", "/next")),
      ]),
    );
    await until("GET /next");
    assert(!seen.includes("closed"));
  });

  test("a client that hangs up takes its requests with it", async () => {
    const { client, until } = setUp();
    client.write(Buffer.concat([PREFACE, NO_SETTINGS, headers(1, request("GET", "/slow"))]));
    await until("GET /slow");
    client.end();
    await until("reset connection-closed");
    await until("closed");
  });

  test("a connection that says nothing after the preface is closed in time", async () => {
    const { client, clock, seen, until } = setUp();
    client.write(PREFACE);
    await turn();
    clock.advanceMs(DEFAULT_CODEC_OPTIONS.headerTimeoutMs - 1);
    assert(!seen.includes("closed"));
    clock.advanceMs(1);
    await until("closed");
    assert.deepEqual(seen[0], "error 408 no SETTINGS in time");
  });

  test("one that has sent its SETTINGS may wait", async () => {
    const { client, clock, seen, until } = setUp();
    client.write(Buffer.concat([PREFACE, NO_SETTINGS]));
    for (let turns = 0; turns < 20; turns += 1) await turn();
    clock.advanceMs(DEFAULT_CODEC_OPTIONS.headerTimeoutMs);
    client.write(headers(1, request("GET", "/")));
    await until("GET /");
    assert(!seen.includes("closed"));
  });

  for (const [bytes, want] of [
    [59 * 1024, "GET /"],
    [60 * 1024, "error 431 header fields too large"],
  ] as const) {
    test(`fields of ${bytes} bytes are answered with: ${want}`, async () => {
      const { client, until } = setUp();
      const fields = headerBlock([
        ...request("GET", "/"),
        ...Array.from({ length: 4 }, (_, at): [string, string] => [
          `x${at}`,
          "a".repeat(bytes / 4),
        ]),
      ]);
      client.write(Buffer.concat([PREFACE, NO_SETTINGS, ...headersInParts(1, fields)]));
      await until(want);
    });
  }
});

/** A block that is larger than a frame: HEADERS, then CONTINUATION (RFC 9113 §6.10). */
function headersInParts(stream: number, block: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < block.length; at += 16_384) parts.push(block.subarray(at, at + 16_384));
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    const flags = isLast ? END_HEADERS : 0;
    if (index === 0) return frame("HEADERS", END_STREAM | flags, stream, part);
    return frame("CONTINUATION", flags, stream, part);
  });
}

function request(method: string, path: string): [string, string][] {
  return [
    [":method", method],
    [":scheme", "http"],
    [":authority", "example.com"],
    [":path", path],
  ];
}
