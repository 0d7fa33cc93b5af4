import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { createHttpFixture, inlineRoutes, routeToA } from "../fixture/http-fixture.ts";

/** A request of declared length, or of none; `dribble` sends one byte a second. */
function sendSlowly(headers: Record<string, string> = { "content-length": "1000000" }) {
  const mesh = createHttpFixture(inlineRoutes(routeToA()));
  const client = mesh.send({ method: "POST", headers, endStream: false });
  const dribble = (seconds: number, bytes: number) => {
    for (let second = 0; second < seconds && client.status === undefined; second += 1) {
      client.receiver?.onData(Buffer.alloc(bytes), false);
      mesh.clock.advanceMs(1000);
    }
  };
  return { mesh, client, dribble };
}

describe("a body of declared length", () => {
  test("that comes byte by byte is 408 soon after the grace of five seconds", () => {
    const { mesh, client, dribble } = sendSlowly();
    dribble(5, 1);
    assert.equal(client.status, undefined);
    dribble(2, 1);
    assert.equal(client.status, 408);
    assert.equal(mesh.cluster("a").last.isReset, true);
  });

  test("may be as slow as 240 bytes a second", () => {
    const { client, dribble } = sendSlowly();
    dribble(60, 240);
    assert.equal(client.status, undefined);
  });

  test("is not blamed for the time in which we made it wait", () => {
    const { mesh, client } = sendSlowly();
    mesh.cluster("a").last.admitsMore = false;
    client.receiver?.onData(Buffer.alloc(10), false);
    assert.equal(client.isPaused, true);
    mesh.clock.advanceMs(60_000);
    assert.equal(client.status, undefined);
    mesh.cluster("a").last.opener.onWritable();
    mesh.clock.advanceMs(5000);
    assert.equal(client.status, undefined);
    mesh.clock.advanceMs(2000);
    assert.equal(client.status, 408);
  });
});

test("a body may come as slowly as it likes once it is being answered", () => {
  const { mesh, client } = sendSlowly();
  const { opener, head } = mesh.cluster("a").last;
  opener.onHead({ status: 200, headers: head.headers.copy() }, false);
  for (let second = 0; second < 60; second += 1) {
    client.receiver?.onData(Buffer.alloc(1), false);
    mesh.clock.advanceMs(1000);
  }
  assert.deepEqual([client.status, client.isReset], [200, false]);
});

test("a body of no declared length may be a stream, and wait", () => {
  const { client, dribble } = sendSlowly({});
  dribble(60, 1);
  assert.equal(client.status, undefined);
});

describe("a client that does not read its response", () => {
  /** A response that the connection has no room for; `socket` stands for that connection. */
  function setUp() {
    const socket = new PassThrough({ highWaterMark: 1 });
    const mesh = createHttpFixture(inlineRoutes(routeToA({ timeout: "0s" })), {
      connection: { socket },
    });
    const client = mesh.send({});
    client.admitsMore = false;
    const { opener, head } = mesh.cluster("a").last;
    opener.onHead({ status: 200, headers: head.headers.copy() }, false);
    opener.onData(Buffer.alloc(10), false);
    return { mesh, client, socket, opener };
  }

  test("is cut off after 15 s without a byte", () => {
    const { mesh, client } = setUp();
    mesh.clock.advanceMs(14_999);
    assert.equal(client.isReset, false);
    mesh.clock.advanceMs(1);
    assert.equal(client.isReset, true);
  });

  test("is left alone while it takes some", () => {
    const { mesh, client, socket } = setUp();
    Object.defineProperty(socket, "bytesWritten", { value: 0, writable: true });
    for (let times = 0; times < 5; times += 1) {
      Object.assign(socket, { bytesWritten: times + 1 });
      mesh.clock.advanceMs(14_999);
    }
    assert.equal(client.isReset, false);
  });

  test("is forgiven once there is room again", () => {
    const { mesh, client } = setUp();
    mesh.clock.advanceMs(14_000);
    client.receiver?.onWritable();
    mesh.clock.advanceMs(60_000);
    assert.equal(client.isReset, false);
  });
});
