import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createPoolFixture, NOTHING_TAKEN } from "./fixture/pool-fixture.ts";

describe("connections that fail", () => {
  test("every stream that waits is told why, and counts say so", () => {
    const { open, failed, stats, host, taken } = createPoolFixture({ maxStreams: 10 });
    const streams = [open(), open()];
    failed(0);
    for (const { events } of streams) assert.deepEqual(events, ["UF: attempt 0 failed"]);
    assert.deepEqual([stats.connectFail.value, stats.connectTimeout.value], [1, 0]);
    assert.equal(host.failedConnections, 1);
    assert.deepEqual(taken(), NOTHING_TAKEN);
  });

  test("a timeout is a failure that is counted apart", () => {
    const { open, failed, stats } = createPoolFixture();
    const { events } = open();
    failed(0, "timeout");
    assert.deepEqual(events, ["UF: attempt 0 timeout"]);
    assert.deepEqual([stats.connectFail.value, stats.connectTimeout.value], [1, 1]);
  });

  test("the next stream tries anew", () => {
    const { open, failed, connected, codec } = createPoolFixture();
    open();
    failed(0);
    const { events } = open();
    connected(1);
    codec(0).respond();
    assert.deepEqual(events, ["ready http1", "200"]);
  });

  test("a connection that breaks takes only its own streams along", () => {
    const { open, connected, codec, taken } = createPoolFixture();
    const [first, second] = [open(), open()];
    connected(0);
    connected(1);
    codec(0).breakOff();
    codec(1).respond();
    assert.equal(first.events.at(-1), "reset connection-closed: broke");
    assert.equal(second.events.at(-1), "200");
    assert.equal(taken().connections, 1);
  });

  test("a stream that waits gets a new connection when the busy one breaks", () => {
    const { open, connected, codec, attempts } = createPoolFixture({
      limits: { maxConnections: 1 },
    });
    open();
    connected(0);
    const waiting = open();
    assert.equal(attempts.length, 1);
    codec(0).breakOff();
    connected(1);
    assert.deepEqual(waiting.events, ["ready http1"]);
  });
});

describe("an idle connection that the peer closes while a request is on its way", () => {
  for (const [method, want] of [
    ["GET", "reset refused-stream: stale_connection"],
    ["DELETE", "reset refused-stream: stale_connection"],
    ["POST", "reset connection-closed: broke"],
    ["PATCH", "reset connection-closed: broke"],
  ] as const) {
    test(`${method} is told ${want}`, () => {
      const { open, connected, codec } = createPoolFixture();
      open();
      connected(0);
      codec(0).respond();
      const { events } = open(method);
      codec(0).breakOff();
      assert.equal(events.at(-1), want);
    });
  }

  test("a fresh connection that breaks is no such case", () => {
    const { open, connected, codec } = createPoolFixture();
    const { events } = open();
    connected(0);
    codec(0).breakOff();
    assert.equal(events.at(-1), "reset connection-closed: broke");
  });
});

describe("circuit breaker", () => {
  test("no more connections than allowed, and streams wait for them", () => {
    const { open, attempts, stats, taken } = createPoolFixture({ limits: { maxConnections: 2 } });
    for (let count = 0; count < 3; count += 1) open();
    assert.deepEqual([attempts.length, taken().pending], [2, 3]);
    assert.equal(stats.connectionOverflow.value, 1);
  });

  test("a host without any connection gets one, whatever other hosts have taken", () => {
    const { open, breaker, attempts, stats } = createPoolFixture({ limits: { maxConnections: 1 } });
    breaker.connections.take();
    open();
    assert.deepEqual([attempts.length, stats.connectionOverflow.value], [1, 1]);
  });

  test("one stream more than may wait overflows at once", () => {
    const { open, stats } = createPoolFixture({ limits: { maxPendingRequests: 1 } });
    const [first, second] = [open(), open()];
    assert.deepEqual([first.events, second.events], [[], ["UO"]]);
    assert.equal(stats.pendingOverflow.value, 1);
  });

  test("a place in the queue is free again after the stream has gone", () => {
    const { open, connected } = createPoolFixture({ limits: { maxPendingRequests: 1 } });
    open();
    connected(0);
    assert.deepEqual(open().events, []);
  });

  test("one request more than may run overflows, until one ends", () => {
    const { open, connected, codec } = createPoolFixture({ limits: { maxRequests: 1 } });
    open();
    connected(0);
    assert.deepEqual(open().events, ["UO"]);
    codec(0).respond();
    assert.deepEqual(open().events, ["ready http1"]);
  });

  test("streams that waited do not run past the limit either", () => {
    const { open, connected, taken } = createPoolFixture({
      limits: { maxRequests: 1 },
      maxStreams: 10,
    });
    const [first, second] = [open(), open()];
    connected(0);
    assert.deepEqual([first.events, second.events], [["ready http2"], ["UO"]]);
    assert.equal(taken().requests, 1);
  });
});
