import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, test } from "node:test";
import { systemClock } from "@weft/core";
import { HeaderMap } from "../../http/header-map.ts";
import type { ClientStream, RequestHead, ServerCodec, ServerStream } from "../codec.ts";
import { DEFAULT_CODEC_OPTIONS } from "../codec-options.ts";
import { createHttp2ClientCodec } from "./client-codec.ts";
import { createHttp2ServerCodec } from "./server-codec.ts";

const NOTHING = Buffer.alloc(0);

/** Both codecs back to back; `serve` is called with each request. */
function setUp(serve: (stream: ServerStream) => void, onData?: (stream: ServerStream) => void) {
  const [near, far] = duplexPair();
  const seen: string[] = [];
  const closed = Promise.withResolvers<void>();
  const server: ServerCodec = createHttp2ServerCodec(
    far,
    {
      onRequest(stream) {
        const { method, authority, path, headers } = stream.request;
        seen.push(`${method} ${authority} ${path} ${headers.flat.join(" ")}`.trim());
        serve(stream);
        return {
          onData(chunk, endStream) {
            seen.push(`data ${chunk.toString()}${endStream ? " end" : ""}`);
            if (endStream) onData?.(stream);
          },
          onTrailers: (trailers) => {
            seen.push(`trailers ${trailers.flat.join(" ")}`);
            onData?.(stream);
          },
          onReset: (reason) => seen.push(`reset ${reason}`),
          onWritable() {},
        };
      },
      onProtocolError: (detail, status) => seen.push(`error ${status} ${detail}`),
      onClosed() {},
    },
    DEFAULT_CODEC_OPTIONS,
    systemClock,
  );
  const client = createHttp2ClientCodec(
    near,
    { onStreamEnd() {}, onClosed: () => closed.resolve() },
    DEFAULT_CODEC_OPTIONS,
    systemClock,
  );
  return { client, server, seen, closed: closed.promise };
}

function get(path: string, flat: string[] = []): RequestHead {
  return {
    method: "GET",
    scheme: "http",
    authority: "example.com",
    path,
    headers: new HeaderMap(flat),
    protocol: "HTTP/2",
  };
}

/** Collects one response; resolves at its end with a line for each event. */
function ask(
  client: ReturnType<typeof createHttp2ClientCodec>,
  request: RequestHead,
  endStream = true,
): { stream: ClientStream; events: Promise<string[]> } {
  const events: string[] = [];
  const done = Promise.withResolvers<string[]>();
  const add = (line: string, isLast: boolean) => {
    events.push(line);
    if (isLast) done.resolve(events);
  };
  const stream = client.openStream(request, endStream, {
    onInformational: (head) => add(`informational ${head.status}`, false),
    onHead: (head, last) => add(`head ${head.status} ${head.headers.flat.join(" ")}`.trim(), last),
    onData: (chunk, last) => add(`data ${chunk.toString()}`, last),
    onTrailers: (trailers) => add(`trailers ${trailers.flat.join(" ")}`, true),
    onReset: (reason) => add(`reset ${reason}`, true),
    onWritable() {},
  });
  return { stream, events: done.promise };
}

describe("http2", () => {
  test("carries a request and its answer, repeated fields and cookies included", async () => {
    const { client, seen } = setUp((stream) => {
      stream.sendHead(
        { status: 200, headers: new HeaderMap(["set-cookie", "a=1", "set-cookie", "b=2"]) },
        false,
      );
      stream.sendData(Buffer.from("hello"), true);
    });
    const fields = ["x-a", "1", "cookie", "c=1", "cookie", "d=2", "connection", "close"];
    const events = await ask(client, get("/a?b", fields)).events;
    assert.deepEqual(seen, ["GET example.com /a?b x-a 1 cookie c=1; d=2"]);
    assert.deepEqual(events, ["head 200 set-cookie a=1 set-cookie b=2", "data hello", "data "]);
    client.destroy();
  });

  test("carries gRPC: messages both ways, then trailers", async () => {
    const { client, seen } = setUp(
      (stream) => {
        const headers = new HeaderMap(["content-type", "application/grpc"]);
        stream.sendHead({ status: 200, headers }, false);
        stream.sendData(Buffer.from("one"), false);
      },
      (stream) => stream.sendTrailers(new HeaderMap(["grpc-status", "0"])),
    );
    const { stream, events } = ask(client, { ...get("/pkg.Service/Call"), method: "POST" }, false);
    stream.sendData(Buffer.from("question"), false);
    stream.sendTrailers(new HeaderMap(["x-end", "1"]));
    assert.deepEqual(await events, [
      "head 200 content-type application/grpc",
      "data one",
      "trailers grpc-status 0",
    ]);
    assert.deepEqual(seen.slice(1), ["data question", "trailers x-end 1"]);
    client.destroy();
  });

  test("an answer may be trailers alone", async () => {
    const { client } = setUp((stream) =>
      stream.sendHead({ status: 200, headers: new HeaderMap(["grpc-status", "12"]) }, true),
    );
    assert.deepEqual(await ask(client, get("/")).events, ["head 200 grpc-status 12"]);
    client.destroy();
  });

  test("a reset reaches the other side", async () => {
    const { client, seen } = setUp((stream) => stream.reset());
    assert.deepEqual(await ask(client, get("/")).events, ["reset remote-reset"]);
    const held = setUp(() => {});
    const { stream } = ask(held.client, get("/"), false);
    await new Promise((resolve) => setImmediate(resolve));
    stream.sendData(Buffer.from("x"), false);
    while (held.seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
    stream.reset();
    while (held.seen.length < 3) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(held.seen[2], "reset remote-reset");
    assert.equal(seen.length, 1);
    client.destroy();
    held.client.destroy();
  });

  test("refuses heads that could not be written as HTTP/1", async () => {
    const { client, seen } = setUp((stream) => stream.reset());
    for (const request of [
      get("/ HTTP/1.1"),
      get("noslash"),
      { ...get("/"), method: "GET / HTTP/1.1" },
      { ...get("/"), authority: "user@example.com" },
      { ...get("/"), authority: "a,b" },
      { ...get("/"), scheme: "http://x/?" },
    ]) {
      const [first] = await ask(client, request).events;
      assert.match(first ?? "", /^(head 400|reset)/, JSON.stringify(request.path));
    }
    assert.equal(
      seen.some((line) => line.startsWith("GET")),
      false,
    );
    client.destroy();
  });

  test("drains: the open stream ends, new ones go elsewhere, then it closes", async () => {
    let open: ServerStream | undefined;
    const { client, server, closed } = setUp((stream) => {
      open = stream;
    });
    const { events } = ask(client, get("/"));
    while (open === undefined) await new Promise((resolve) => setImmediate(resolve));
    server.drain();
    while (client.canOpenStream) await new Promise((resolve) => setImmediate(resolve));
    open.sendHead({ status: 200, headers: new HeaderMap() }, false);
    open.sendData(NOTHING, true);
    assert.deepEqual(await events, ["head 200", "data "]);
    await closed;
  });

  test("gives up a peer that opens streams only to reset them", async () => {
    const { client, seen, closed } = setUp(() => {});
    for (let count = 0; count < 300 && client.canOpenStream; count++) {
      const { stream } = ask(client, get("/"), false);
      stream.sendData(Buffer.from("x"), false);
      await new Promise((resolve) => setImmediate(resolve));
      stream.reset();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    assert.ok(seen.includes("error 429 too many streams were reset"));
  });
});
