import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { HeaderMap } from "../../http/header-map.ts";
import { answerOk, CHUNKED_OK, send, serve } from "./fixture/server-fixture.ts";

const NOTHING = Buffer.alloc(0);

describe("http1 server", () => {
  test("answers a request and keeps the connection", async () => {
    const { client, seen, sent } = serve();
    await send(client, "GET /a?b HTTP/1.1\r\nHost: example.com\r\nX: 1\r\n\r\n");
    await send(client, "GET /c HTTP/1.1\r\nHost: example.com\r\n\r\n");
    assert.deepEqual(seen, ["GET example.com /a?b", "GET example.com /c"]);
    assert.equal(sent(), CHUNKED_OK + CHUNKED_OK);
  });

  test("answers a thousand pipelined requests in order, then refuses the broken one", async () => {
    const { client, seen, sent } = serve();
    const count = 1_000;
    let bytes = "";
    for (let index = 0; index < count; index++)
      bytes += `GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`;
    await send(client, `${bytes}GET / HTTP/1.1\r\nHost : a\r\n\r\n`);
    assert.equal(seen.filter((line) => line.startsWith("GET")).length, count);
    assert.deepEqual(seen[count - 1], `GET a /${count - 1}`);
    assert.match(seen[count] ?? "", /^error 400/);
    assert.ok(sent().endsWith("connection: close\r\n\r\n"));
  });

  test("holds a pipelined request until the one before it is answered", async () => {
    const { client, seen, streams } = serve({}, () => {});
    const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    await send(client, get + get);
    assert.equal(seen.length, 1);
    if (streams[0] !== undefined) answerOk(streams[0]);
    await turn();
    assert.equal(seen.length, 2);
  });

  test("reads a chunked body and lets only gRPC trailers pass", async () => {
    const { client, seen } = serve();
    await send(
      client,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=1\r\nabc\r\n",
      "0\r\ngrpc-status: 0\r\nX-Sum: 1\r\n\r\n",
    );
    assert.deepEqual(seen, ["POST a /", "data abc", "trailers grpc-status 0"]);
  });

  test("sends 100 before the body when the client waits for it", async () => {
    const { client, sent, seen } = serve();
    await send(
      client,
      "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
    );
    assert.equal(sent(), "HTTP/1.1 100 Continue\r\n\r\n");
    await send(client, "hi");
    assert.deepEqual(seen.slice(1), ["data hi", "end"]);
  });

  test("closes after an answer that came before the request's end", async () => {
    const { client, sent, streams, closed } = serve();
    await send(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 34\r\n\r\nGET /hopla");
    streams[0]?.sendHead({ status: 403, headers: new HeaderMap() }, true);
    await closed;
    assert.match(sent(), /^HTTP\/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close/);
  });

  test("tells HTTP/1.0 clients what becomes of the connection", async () => {
    const kept = serve();
    await send(kept.client, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert.equal(kept.sent(), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok");
    const empty = serve({}, (stream) =>
      stream.sendHead({ status: 200, headers: new HeaderMap() }, true),
    );
    await send(empty.client, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert.match(empty.sent(), /connection: keep-alive/);
  });

  test("answers HEAD, 204 and 304 without a body", async () => {
    for (const [method, status] of [
      ["HEAD", 200],
      ["GET", 204],
      ["GET", 304],
    ] as const) {
      const { client, sent } = serve({}, (stream) => {
        stream.sendHead({ status, headers: new HeaderMap(["content-length", "2"]) }, false);
        stream.sendData(Buffer.from("ok"), true);
      });
      await send(client, `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      assert.ok(sent().endsWith("\r\n\r\n"), `${method} ${status}: ${sent()}`);
      assert.equal(sent().includes("content-length"), status !== 204);
    }
  });

  test("a request cut short by FIN is refused", async () => {
    const { client, seen, sent } = serve();
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    client.end();
    await send(client);
    assert.deepEqual(seen.slice(0, 4), [
      "POST a /",
      "data 12345",
      "reset connection-closed",
      "error 400 request cut short",
    ]);
    assert.match(sent(), /^HTTP\/1.1 400/);
  });

  test("tunnels CONNECT both ways after the 2xx, not before", async () => {
    const { client, seen, sent, streams } = serve({}, () => {});
    await send(
      client,
      "CONNECT db.example.com:5432 HTTP/1.1\r\nHost: db.example.com:5432\r\n\r\nearly",
    );
    assert.deepEqual(seen, ["CONNECT db.example.com:5432 "]);
    streams[0]?.sendHead({ status: 200, headers: new HeaderMap() }, false);
    await send(client, "late");
    assert.deepEqual(seen.slice(1), ["data early", "data late"]);
    streams[0]?.sendData(Buffer.from("answer"), false);
    client.end();
    await send(client);
    assert.deepEqual(seen.slice(3), ["end"]);
    streams[0]?.sendData(NOTHING, true);
    await send(client);
    assert.equal(sent(), "HTTP/1.1 200 OK\r\n\r\nanswer");
    assert.equal(seen.includes("reset connection-closed"), false);
  });

  test("closes after an upgrade that was not granted", async () => {
    const { client, sent, streams, closed } = serve({}, () => {});
    await send(
      client,
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    assert.equal(streams[0]?.endStream, false);
    streams[0]?.sendHead({ status: 426, headers: new HeaderMap() }, true);
    await closed;
    assert.equal(streams.length, 1);
    assert.match(sent(), /connection: close/);
  });

  test("a head that does not end in time is 408, however often a byte comes", async () => {
    const { client, clock, sent } = serve();
    await send(client, "GET / HTTP/1.1\r\n");
    clock.advanceMs(6_000);
    await send(client, "Host: a\r\n");
    clock.advanceMs(4_000);
    await send(client);
    assert.match(sent(), /^HTTP\/1.1 408/);
  });

  test("closes idle connections", async () => {
    const { client, clock, sent, closed } = serve({ idleTimeoutMs: 100 });
    await send(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    clock.advanceMs(99);
    await send(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    clock.advanceMs(99);
    assert.equal(sent(), CHUNKED_OK + CHUNKED_OK);
    clock.advanceMs(1);
    await closed;
  });

  test("announces the end while draining", async () => {
    const { client, codec, sent, streams, closed } = serve({}, () => {});
    await send(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    codec.drain();
    if (streams[0] !== undefined) answerOk(streams[0]);
    await closed;
    assert.match(sent(), /connection: close/);
  });

  test("stops the sender above the high watermark and starts it again", async () => {
    const { client, seen, streams } = serve({ highWatermarkBytes: 10_000 }, () => {});
    client.pause();
    await send(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const [stream] = streams;
    stream?.sendHead({ status: 200, headers: new HeaderMap() }, false);
    let isWritable = true;
    for (let count = 0; count < 100 && isWritable; count++)
      isWritable = stream?.sendData(Buffer.alloc(5_000), false) ?? true;
    assert.equal(isWritable, false);
    client.resume();
    await send(client);
    assert.equal(seen.at(-1), "writable");
  });

  test("a client that goes away is noticed, though reading had been paused at the body's end", async () => {
    const { client, seen, streams } = serve({}, () => {});
    await send(client, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
    streams[0]?.pauseReading();
    await send(client, "hi");
    streams[0]?.resumeReading();
    client.end();
    await send(client);
    assert.equal(seen.includes("reset connection-closed"), true);
  });
});
