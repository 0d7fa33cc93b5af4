import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { collect, createTcpFixture, REFUSED, settle } from "./fixture/tcp-fixture.ts";

const DB = { cluster: "db" };

describe("tcp proxy", () => {
  test("carries bytes both ways and each FIN by itself", async () => {
    const { client, server, asked, received, isClosed, log } = createTcpFixture(DB);
    const upstream = collect(server);
    client.write("question");
    client.end();
    await settle();
    assert.deepEqual(asked, ["db 192.0.2.2:5432 0"]);
    assert.deepEqual([upstream.text, upstream.hasEnded], ["question", true]);
    assert.equal(received.hasEnded, false);
    server.end("answer");
    await settle();
    assert.deepEqual([received.text, received.hasEnded, isClosed()], ["answer", true, true]);
    assert.deepEqual(log, ["- 8 6 db\n"]);
  });

  test("the server may end first, and the client goes on sending", async () => {
    const { client, server, received, isClosed } = createTcpFixture(DB);
    const upstream = collect(server);
    await settle();
    server.end("banner");
    await settle();
    assert.deepEqual([received.text, received.hasEnded, isClosed()], ["banner", true, false]);
    client.end("late");
    await settle();
    assert.deepEqual([upstream.text, upstream.hasEnded, isClosed()], ["late", true, true]);
  });

  test("what the client sent before the connection stood is not lost", async () => {
    const { client, server } = createTcpFixture(DB);
    client.end("early");
    const upstream = collect(server);
    await settle();
    assert.deepEqual([upstream.text, upstream.hasEnded], ["early", true]);
  });

  test("an upstream that breaks off breaks off the client", async () => {
    const { client, upstream, downstream, isClosed } = createTcpFixture(DB);
    client.write("x");
    await settle();
    upstream.destroy();
    await settle();
    // No FIN: it would look like a whole answer.
    assert.deepEqual([downstream.writableEnded, isClosed()], [false, true]);
  });

  test("a client that breaks off breaks off the upstream", async () => {
    const { downstream, upstream, isClosed } = createTcpFixture(DB);
    await settle();
    downstream.destroy();
    await settle();
    assert.deepEqual([upstream.destroyed, isClosed()], [true, true]);
  });

  test("a server that reads slowly stops the client, and lets it go on", async () => {
    const { client, server, downstream } = createTcpFixture(DB);
    await settle();
    const total = 1024 * 1024;
    client.end(Buffer.alloc(total));
    await settle();
    assert.equal(downstream.isPaused(), true);
    let size = 0;
    server.on("data", (chunk: Buffer) => {
      size += chunk.length;
    });
    while (!server.readableEnded) await settle();
    assert.equal(size, total);
  });

  test("drain cuts nothing", async () => {
    const { client, server, handler, isClosed } = createTcpFixture(DB);
    const upstream = collect(server);
    await settle();
    handler.drain();
    client.write("x");
    await settle();
    assert.deepEqual([upstream.text, isClosed()], ["x", false]);
    handler.destroy();
    await settle();
    assert.equal(isClosed(), true);
  });
});

describe("connecting", () => {
  test("tries another host as often as it may", async () => {
    const fixture = createTcpFixture(
      { ...DB, maxConnectAttempts: 2 },
      { answers: [REFUSED, "connected"] },
    );
    const upstream = collect(fixture.server);
    fixture.client.write("x");
    await settle();
    assert.deepEqual(fixture.asked, ["db 192.0.2.2:5432 0", "db 192.0.2.2:5432 1"]);
    assert.equal(upstream.text, "x");
    assert.deepEqual(fixture.reported, ["local-failure", "connected"]);
  });

  for (const [title, json, answer, log] of [
    ["a host that refuses", DB, REFUSED, "UF,URX 0 0 db\n"],
    ["no healthy host", DB, { kind: "no-healthy-host", flag: "UH" }, "UH 0 0 db\n"],
    ["a full circuit breaker", DB, { kind: "overflow", flag: "UO" }, "UO 0 0 db\n"],
    ["an unknown cluster", { cluster: "nowhere" }, "never", "NC 0 0 nowhere\n"],
  ] as const) {
    test(`${title} closes the client and says ${log.split(" ")[0]}`, async () => {
      const fixture = createTcpFixture(json, { answers: [answer] });
      await settle();
      assert.equal(fixture.isClosed(), true);
      assert.deepEqual(fixture.log, [log]);
    });
  }

  test("no host and a full circuit breaker say nothing of a host's health", async () => {
    const { asked, reported } = createTcpFixture(
      { ...DB, maxConnectAttempts: 3 },
      { answers: [{ kind: "overflow", flag: "UO" }] },
    );
    await settle();
    assert.deepEqual([asked.length, reported], [1, []]);
  });

  test("a client that goes while the connection is made takes it back", async () => {
    const { downstream, cancels, isClosed } = createTcpFixture(DB, { answers: ["never"] });
    downstream.destroy();
    await settle();
    assert.deepEqual([cancels(), isClosed()], [1, true]);
  });
});
