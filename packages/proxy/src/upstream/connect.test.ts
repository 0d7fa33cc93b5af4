import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createFakeClock } from "@weft/testing";
import { type ConnectResult, connect, type UpstreamTransport } from "./connect.ts";
import type { UpstreamAddress } from "./upstream-address.ts";

const INTERNAL: UpstreamAddress = { kind: "internal", listenerName: "inner" };

/** A handshake that the test ends. */
function fakeTls() {
  let finish: ((error?: Error) => void) | undefined;
  const transport = {
    kind: "tls",
    tls: {
      connect(socket: Duplex, _name: string, done: (result: object) => void) {
        finish = (error) =>
          done(
            error === undefined ? { kind: "ready", socket, info: {} } : { kind: "failed", error },
          );
      },
      close() {},
    },
  } as unknown as UpstreamTransport;
  return { transport, finish: (error?: Error) => finish?.(error) };
}

/** Connects to an internal listener, or to `address`, on a clock that stands still. */
function setUp(
  address = INTERNAL,
  transport: UpstreamTransport = { kind: "raw" },
  more: { readonly sourceAddress?: string } = {},
) {
  const clock = createFakeClock();
  const [near, far] = duplexPair();
  const asked: (string | undefined)[] = [];
  const results: ConnectResult[] = [];
  const pending = connect(
    { address, transport, timeoutMs: 1000, originalDestination: "192.0.2.9:80", ...more },
    {
      clock,
      connectInternal(name, destination) {
        asked.push(destination);
        return name === "inner" ? near : undefined;
      },
    },
    (result) => results.push(result),
  );
  return { clock, near, far, asked, results, pending };
}

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** Lets the event loop turn until `results` holds something. */
async function settled(results: readonly unknown[]): Promise<void> {
  while (results.length === 0) await turn();
}

describe("connect", () => {
  test("an internal listener is told the destination, and answers after the call", async () => {
    const { asked, results, near } = setUp();
    assert.deepEqual([asked, results], [["192.0.2.9:80"], []]);
    await turn();
    assert.deepEqual(results, [{ kind: "connected", socket: near, tls: undefined }]);
  });

  test("an internal listener that is not there is a failure with its name", async () => {
    const { results } = setUp({ kind: "internal", listenerName: "gone" });
    await turn();
    assert.deepEqual(results, [
      { kind: "failed", detail: "connect to gone failed: no internal listener gone" },
    ]);
  });

  test("a handshake that fails closes the connection and says why", async () => {
    const { transport, finish } = fakeTls();
    const { results, near } = setUp(INTERNAL, transport);
    await turn();
    finish(new Error("bad certificate"));
    assert.deepEqual(results, [
      { kind: "failed", detail: "connect to inner failed: TLS: bad certificate" },
    ]);
    assert.equal(near.destroyed, true);
  });

  test("the time limit holds for the handshake too, and nothing follows it", async () => {
    const { transport, finish } = fakeTls();
    const { clock, results, near } = setUp(INTERNAL, transport);
    await turn();
    clock.advanceMs(999);
    assert.deepEqual(results, []);
    clock.advanceMs(1);
    finish();
    assert.deepEqual(results, [
      { kind: "timeout", detail: "connect to inner timed out after 1000ms" },
    ]);
    assert.equal(near.destroyed, true);
  });

  test("a connection that is taken back in time says nothing and is closed", async () => {
    const { clock, pending, results, near } = setUp();
    assert.equal(pending.cancel(), true);
    await turn();
    clock.advanceMs(1000);
    assert.deepEqual([results, near.destroyed], [[], true]);
    assert.equal(pending.cancel(), false);
  });

  test("a connection that stands cannot be taken back", async () => {
    const { clock, pending, results, near } = setUp();
    await turn();
    assert.equal(pending.cancel(), false);
    clock.advanceMs(1000);
    assert.deepEqual([results.length, near.destroyed], [1, false]);
  });

  test("a socket that is accepted is connected", async () => {
    const { server, port } = await listen();
    const { results } = setUp({ kind: "socket", host: "127.0.0.1", port });
    await settled(results);
    const [result] = results;
    assert.equal(result?.kind, "connected");
    if (result?.kind === "connected") result.socket.destroy();
    server.close();
  });

  test("a connection comes from where it is told to", async (context) => {
    if (process.platform !== "linux")
      return context.skip("only Linux answers on all of 127.0.0.0/8");
    const { server, port } = await listen();
    const accepted = once(server, "connection");
    const address = { kind: "socket", host: "127.0.0.1", port } as const;
    const { results } = setUp(address, { kind: "raw" }, { sourceAddress: "127.0.0.6" });
    const [peer] = await accepted;
    assert.equal(peer.remoteAddress, "127.0.0.6");
    await settled(results);
    peer.destroy();
    server.close();
  });

  test("a port where nobody listens is refused in words", async () => {
    const { server, port } = await listen();
    server.close();
    await once(server, "close");
    const { results } = setUp({ kind: "socket", host: "127.0.0.1", port });
    await settled(results);
    assert.deepEqual(results, [
      {
        kind: "failed",
        detail: `connect to 127.0.0.1:${port} failed: refused; nothing listens there`,
      },
    ]);
  });

  test("a pipe that is not there names its path", async () => {
    const { results } = setUp({ kind: "pipe", path: "/nowhere/weft.sock" });
    await settled(results);
    const [result] = results;
    assert(result?.kind === "failed");
    assert.match(result.detail, /^connect to \/nowhere\/weft\.sock failed: .*ENOENT/);
  });
});
