import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { MeshError } from "@weft/core";
import { ListenerPort } from "./listener-port.ts";

describe("a listener's port", () => {
  test("is taken at once, and lets clients in only when somebody serves", async (t) => {
    const port = open(t);
    assert.notEqual(port.port, 0);
    await assert.rejects(firstWord(port.port), /ECONNREFUSED/);
    port.serve(greeter("one"));
    assert.equal(await firstWord(port.port), "one");
  });

  test("passes to the next configuration without a refused connection", async (t) => {
    const port = open(t);
    port.serve(greeter("one"));
    const { port: number } = port;
    assert.equal(await firstWord(number), "one");
    port.serve(greeter("two"));
    assert.deepEqual([port.port, await firstWord(number)], [number, "two"]);
  });

  test("where another listens names itself and what to do", (t) => {
    const taken = open(t);
    taken.serve(greeter("one"));
    const { port } = taken;
    assert.throws(
      () => open(t, port),
      (error) =>
        error instanceof MeshError &&
        error.message ===
          `cannot listen on 127.0.0.1:${port}: another process listens there; stop it or choose another port`,
    );
  });

  test("is free again as soon as it is closed, serving or not", (t) => {
    const first = open(t);
    const { port } = first;
    first.close();
    const second = open(t, port);
    second.serve(greeter("two"));
    second.close();
    assert.equal(second.port, 0);
    assert.equal(open(t, port).port, port);
  });

  test("that two have bound is lost by the second to listen", async (t) => {
    const first = open(t);
    const lost = Promise.withResolvers<MeshError>();
    const second = new ListenerPort({ host: "127.0.0.1", port: first.port }, lost.resolve);
    t.after(() => second.close());
    first.serve(greeter("one"));
    second.serve(greeter("two"));
    assert.match((await lost.promise).message, /another process listens there/);
    assert.equal(await firstWord(first.port), "one");
  });

  test("on an address of another machine says so", () => {
    assert.throws(
      () => new ListenerPort({ host: "192.0.2.1", port: 0 }, () => {}),
      /this machine does not have that address/,
    );
  });
});

function open(t: TestContext, port = 0): ListenerPort {
  const opened = new ListenerPort({ host: "127.0.0.1", port }, assert.fail);
  t.after(() => opened.close());
  return opened;
}

function greeter(word: string) {
  return { accept: (socket: { end(text: string): unknown }) => void socket.end(word) };
}

async function firstWord(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  await once(socket, "connect");
  return Buffer.concat(await socket.toArray()).toString();
}
