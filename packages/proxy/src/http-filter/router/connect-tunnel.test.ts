import assert from "node:assert/strict";
import { type Duplex, duplexPair } from "node:stream";
import { describe, test } from "node:test";
import { fakeHost } from "../../http/fixture/fake-cluster.ts";
import { accessLog, createHttpFixture, inlineRoutes } from "../../http/fixture/http-fixture.ts";

/** A CONNECT that ends here, towards a socket whose far end the test holds. */
function setUp() {
  const mesh = createHttpFixture({
    ...inlineRoutes({
      match: { connectMatcher: {} },
      route: {
        cluster: "a",
        upgradeConfigs: [{ upgradeType: "CONNECT", connectConfig: {} }],
      },
    }),
    ...accessLog(),
  });
  const [near, far] = duplexPair();
  mesh.cluster("a").tunnel = near;
  const connect = () =>
    mesh.send({ method: "CONNECT", path: "", authority: "b.example.com:443", endStream: false });
  return { mesh, near, far, connect };
}

/** The next thing that `socket` gets. */
function next(socket: Duplex): Promise<string> {
  return new Promise((resolve) =>
    socket.once("data", (chunk: Buffer) => resolve(chunk.toString())),
  );
}

/** Lets streams do what they have put off. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a CONNECT that ends here", () => {
  test("carries bytes both ways, after a 200", async () => {
    const { far, connect } = setUp();
    const client = connect();
    assert.equal(client.status, 200);
    client.receiver?.onData(Buffer.from("ping"), false);
    assert.equal(await next(far), "ping");
    far.write("pong");
    await settled();
    assert.equal(client.body, "pong");
  });

  test("is over when both sides have ended, and not before", async () => {
    const { mesh, far, connect } = setUp();
    const client = connect();
    far.end("last words");
    await settled();
    assert.deepEqual([client.body, client.isEnded, mesh.log.length], ["last words", true, 0]);
    client.receiver?.onData(Buffer.alloc(0), true);
    assert.deepEqual(mesh.log, ["- via_upstream"]);
  });

  test("tells the host that the client has ended", async () => {
    const { far, connect } = setUp();
    const client = connect();
    const ended = new Promise<void>((resolve) => far.once("end", resolve));
    far.resume();
    client.receiver?.onData(Buffer.from("all"), true);
    await ended;
    assert.equal(client.isReset, false);
  });

  test("closes the connection to the host when the client goes away", () => {
    const { near, connect } = setUp();
    connect().receiver?.onReset("connection-closed");
    assert.equal(near.destroyed, true);
  });

  test("is cut when the host breaks off", async () => {
    const { mesh, near, connect } = setUp();
    const client = connect();
    near.destroy(new Error("gone"));
    await settled();
    assert.deepEqual([client.isReset, mesh.log[0]], [true, "UC via_upstream"]);
  });

  test("outlives every timeout of its route", () => {
    const { mesh, connect } = setUp();
    const client = connect();
    mesh.clock.advanceMs(60_000);
    assert.equal(client.isReset, false);
  });
});

describe("a CONNECT to nobody", () => {
  test("without a host is a 503", () => {
    const { mesh, connect } = setUp();
    mesh.cluster("a").tunnel = undefined;
    const client = connect();
    assert.deepEqual([client.status, mesh.log], [503, ["UH no_healthy_upstream"]]);
  });

  test("to a host that refuses is a 503 that blames the host", () => {
    const { mesh, connect } = setUp();
    const cluster = mesh.cluster("a");
    cluster.openConnection = (_context, done) => {
      done({
        kind: "connect-failure",
        flag: "UF",
        host: fakeHost("192.0.2.7:443"),
        detail: "refused",
      });
      return { cancel() {} };
    };
    const client = connect();
    assert.equal(client.status, 503);
    assert.match(mesh.log[0] ?? "", /^UF .*remote_connection_failure\|refused/);
    assert.deepEqual(cluster.reported, ["local-failure"]);
  });
});
