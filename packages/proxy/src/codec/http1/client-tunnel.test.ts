import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "./fixture/client-fixture.ts";
import { send } from "./fixture/server-fixture.ts";

const NOTHING = Buffer.alloc(0);
const SWITCH =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

/** A request for a tunnel and its beginning. */
function open(method: "GET" | "CONNECT") {
  const fixture = connect();
  const fields = method === "GET" ? ["upgrade", "websocket"] : [];
  return { ...fixture, stream: fixture.ask(method, fields, false) };
}

describe("http1 client: tunnels", () => {
  test("asks for the upgrade", async () => {
    const { upstream, received } = open("GET");
    await send(upstream);
    const want = "GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";
    assert.equal(received(), want);
  });

  test("sends nothing before the upstream agreed", async () => {
    for (const [method, answer] of [
      ["GET", SWITCH],
      ["CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"],
    ] as const) {
      const { upstream, received, stream, seen } = open(method);
      assert.equal(stream.sendData(Buffer.from("early"), false), false);
      await send(upstream);
      assert.equal(received().includes("early"), false);
      await send(upstream, `${answer}raw`);
      stream.sendData(Buffer.from(" late"), false);
      await send(upstream, "HTTP/1.1 500 X\r\n\r\n");
      assert.ok(received().endsWith("\r\n\r\nearly late"));
      assert.deepEqual(seen.slice(1), ["writable", "data raw", "data HTTP/1.1 500 X\r\n\r\n"]);
    }
  });

  for (const answer of [
    "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  ])
    test(`${answer.slice(9, 12)} refuses: early bytes are dropped, the connection closes`, async () => {
      const { upstream, received, stream, seen, codec } = open("GET");
      stream.sendData(Buffer.from("GET /smuggled HTTP/1.1\r\n\r\n"), false);
      await send(upstream, answer);
      assert.equal(received().includes("smuggled"), false);
      assert.deepEqual(seen.slice(1), ["end", "stream end", "closed"]);
      assert.equal(codec.canOpenStream, false);
    });

  test("101 to CONNECT, or with a length, is an error", async () => {
    for (const [method, answer] of [
      ["CONNECT", SWITCH],
      ["GET", SWITCH.replace("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\n")],
    ] as const) {
      const { upstream, seen } = open(method);
      await send(upstream, answer);
      assert.match(seen[0] ?? "", /^reset protocol-error/);
    }
  });

  test("ends quietly after both sides did, whoever was first", async () => {
    for (const isUpstreamFirst of [true, false]) {
      const { upstream, stream, seen } = open("GET");
      await send(upstream, SWITCH);
      if (isUpstreamFirst) upstream.end();
      else stream.sendData(NOTHING, true);
      await send(upstream);
      if (isUpstreamFirst) stream.sendData(NOTHING, true);
      else upstream.end();
      await send(upstream);
      assert.deepEqual(seen.slice(1), ["end", "stream end", "closed"]);
    }
  });
});
