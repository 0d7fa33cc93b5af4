import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Agent } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { ask } from "@weft/testing/end-to-end";
import { type ProxyOptions, startProxy, startUpstream } from "./fixture/start-proxy.ts";

describe("a proxy that is told to end", () => {
  test("lets a request in flight finish, says close, and takes no new connection", async (t) => {
    const { proxy, url, waiting } = await setUp(t);
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const inFlight = ask(url, { agent });
    const response = await waiting;
    const closing = proxy.close({ deadlineMs: 10_000 });
    await assert.rejects(ask(url), /ECONNREFUSED/);
    response.end("late but whole");
    const { status, body, headers } = await inFlight;
    assert.deepEqual([status, body, headers.connection], [200, "late but whole", "close"]);
    await closing;
  });

  test("ends connections that carry nothing at once", async (t) => {
    const { proxy, port } = await setUp(t);
    const idle = connect({ host: "127.0.0.1", port });
    await once(idle, "connect");
    idle.write("GET /none HTTP/1.1\r\nHost: example.com\r\n\r\n");
    await once(idle, "data");
    const ended = once(idle, "end");
    await proxy.close({ deadlineMs: 60_000 });
    await ended;
  });

  test("cuts what is still in flight at the deadline", async (t) => {
    const { proxy, url, waiting } = await setUp(t);
    const cut = assert.rejects(ask(url), /socket hang up|ECONNRESET/);
    await waiting;
    await proxy.close({ deadlineMs: 10 });
    await cut;
  });

  test("sends GOAWAY, and finishes the streams of HTTP/2 that it has", async (t) => {
    const { proxy, port, waiting } = await setUp(t, { manager: { codec_type: "HTTP2" } });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    t.after(() => session.destroy());
    const stream = session.request({ ":path": "/up" });
    const response = await waiting;
    const goaway = once(session, "goaway");
    const closing = proxy.close({ deadlineMs: 10_000 });
    const [code] = await goaway;
    assert.equal(code, 0);
    response.end("whole");
    assert.equal(Buffer.concat(await stream.toArray()).toString(), "whole");
    await closing;
  });

  test("may be told twice", async (t) => {
    const { proxy } = await setUp(t);
    await Promise.all([proxy.close({ deadlineMs: 10 }), proxy.close({ deadlineMs: 10 })]);
    assert.equal(proxy.state, "DRAINING");
  });
});

/** An upstream that answers when the test does. */
async function setUp(t: TestContext, options: ProxyOptions = {}) {
  const { promise: waiting, resolve } = Promise.withResolvers<ServerResponse>();
  const upstreamPort = await startUpstream(t, (_, response) => resolve(response));
  const { proxy, port } = await startProxy(t, { upstreamPort, ...options });
  return { proxy, port, url: `http://127.0.0.1:${port}/up`, waiting };
}
