import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createPoolFixture, NOTHING_TAKEN, type PoolOptions } from "./fixture/pool-fixture.ts";

/** A pool with one connection that has answered one request and is free. */
function setUpFree(options: PoolOptions = {}) {
  const fixture = createPoolFixture(options);
  fixture.open();
  fixture.connected(0);
  fixture.codec(0).respond();
  return fixture;
}

describe("HTTP/1 pool", () => {
  test("a stream waits for its connection, then gets its answer", () => {
    const { open, connected, codec } = createPoolFixture();
    const stream = open();
    assert.deepEqual(stream.events, []);
    connected(0);
    codec(0).respond(204);
    assert.deepEqual(stream.events, ["ready http1", "204"]);
  });

  test("a free connection is used again", () => {
    const { open, attempts, codec } = setUpFree();
    open();
    assert.equal(attempts.length, 1);
    assert.equal(codec(0).requests.length, 2);
  });

  test("of several free connections the one used last is taken, so that others grow idle", () => {
    const { open, connected, codec } = createPoolFixture();
    open();
    open();
    connected(0);
    connected(1);
    codec(0).respond();
    codec(1).respond();
    open();
    assert.deepEqual([codec(0).requests.length, codec(1).requests.length], [1, 2]);
  });

  test("a busy connection takes no second stream", () => {
    const { open, connected, attempts } = createPoolFixture();
    open();
    connected(0);
    open();
    assert.equal(attempts.length, 2);
  });

  test("a waiting stream takes whatever gets free first", () => {
    const { open, connected, codec } = createPoolFixture();
    open();
    connected(0);
    const second = open();
    codec(0).respond();
    assert.deepEqual(second.events, ["ready http1"]);
  });

  test("waiting streams are served in the order they came", () => {
    const { open, connected, codec } = createPoolFixture({ limits: { maxConnections: 1 } });
    const [first, second, third] = [open(), open(), open()];
    connected(0);
    codec(0).respond();
    assert.deepEqual([first.events.length, second.events.length, third.events.length], [2, 1, 0]);
  });

  test("a stream that is taken back while it waits is never sent", () => {
    const { open, connected, codec, taken } = createPoolFixture();
    const stream = open();
    stream.cancel();
    assert.equal(taken().pending, 0);
    connected(0);
    assert.deepEqual([stream.events, codec(0).requests], [[], []]);
  });

  test("a stream that is taken back in flight hears nothing more", () => {
    const { open, connected, codec, taken } = createPoolFixture();
    const stream = open();
    connected(0);
    stream.cancel();
    codec(0).breakOff();
    assert.deepEqual(stream.events, ["ready http1"]);
    assert.deepEqual(taken(), NOTHING_TAKEN);
  });

  test("a connection is closed after its last request", () => {
    const { open, codec, attempts } = setUpFree({ config: { maxRequestsPerConnection: 2 } });
    assert.equal(codec(0).isClosed, false);
    open();
    codec(0).respond();
    assert.equal(codec(0).isClosed, true);
    open();
    assert.equal(attempts.length, 2);
  });
});

describe("HTTP/2 pool", () => {
  test("many streams share one connection", () => {
    const { open, connected, attempts, codec } = createPoolFixture({ maxStreams: 3 });
    const streams = [open(), open(), open()];
    connected(0);
    assert.equal(attempts.length, 1);
    assert.equal(codec(0).activeStreams, 3);
    for (const { events } of streams) assert.deepEqual(events, ["ready http2"]);
  });

  test("more than it takes make another connection", () => {
    const { open, attempts } = createPoolFixture({ maxStreams: 3 });
    for (let count = 0; count < 4; count += 1) open();
    assert.equal(attempts.length, 2);
  });

  test("a peer that allows fewer streams than expected gets another connection", () => {
    const { open, connected, attempts } = createPoolFixture({
      maxStreams: 2,
      config: { expectedStreamsPerConnection: 100 },
    });
    for (let count = 0; count < 3; count += 1) open();
    assert.equal(attempts.length, 1);
    connected(0);
    assert.equal(attempts.length, 2);
  });

  test("a stream that is reset leaves the others alone", () => {
    const { open, connected, codec } = createPoolFixture({ maxStreams: 3 });
    const [first, second] = [open(), open()];
    connected(0);
    codec(0).resetStream("remote-reset");
    codec(0).respond();
    assert.deepEqual(first.events.at(-1), "reset remote-reset: by the test");
    assert.deepEqual(second.events.at(-1), "200");
  });

  test("a connection that has had its requests ends those in flight first", () => {
    const { open, connected, codec } = createPoolFixture({
      maxStreams: 10,
      config: { maxRequestsPerConnection: 2 },
    });
    const streams = [open(), open()];
    connected(0);
    codec(0).respond();
    assert.equal(codec(0).isClosed, false);
    codec(0).respond();
    assert.equal(codec(0).isClosed, true);
    for (const { events } of streams) assert.equal(events.at(-1), "200");
  });
});

describe("closing a pool", () => {
  test("drain closes idle connections now and busy ones after their answer", () => {
    const { pool, open, connected, codec, taken } = createPoolFixture();
    const [first] = [open(), open()];
    connected(0);
    connected(1);
    codec(1).respond();
    pool.drain();
    assert.deepEqual([codec(0).isClosed, codec(1).isClosed], [false, true]);
    codec(0).respond();
    assert.equal(first.events.at(-1), "200");
    assert.deepEqual(taken(), NOTHING_TAKEN);
  });

  test("drain lets a stream that waits for its connection be answered", () => {
    const { pool, open, connected, codec, taken } = createPoolFixture();
    const stream = open();
    pool.drain();
    connected(0);
    codec(0).respond();
    assert.deepEqual(stream.events, ["ready http1", "200"]);
    assert.deepEqual(taken(), NOTHING_TAKEN);
  });

  test("destroy ends everything at once and gives all back", () => {
    const { pool, open, connected, attempts, taken } = createPoolFixture();
    const busy = open();
    connected(0);
    const waiting = open();
    pool.destroy();
    assert.equal(attempts[1]?.isCancelled, true);
    assert.equal(busy.events.at(-1), "reset connection-closed: broke");
    assert.deepEqual(waiting.events, ["UF: the host was removed"]);
    assert.deepEqual(taken(), NOTHING_TAKEN);
  });
});

describe("limits of a connection's life", () => {
  test("an old connection ends when it is idle, and the next request has a new one", () => {
    const { open, connected, codec, clock, attempts } = setUpFree({
      config: { maxConnectionDurationMs: 1000 },
    });
    clock.advanceMs(999);
    assert.equal(codec(0).isDraining, false);
    clock.advanceMs(1);
    assert.equal(codec(0).isDraining, true);
    open();
    assert.equal(attempts.length, 2);
    connected(1);
    assert.equal(codec(1).requests.length, 1);
  });

  test("no more streams at a time than the cluster wants, though the peer would take them", () => {
    const { open, connected, codec, attempts } = createPoolFixture({
      maxStreams: 100,
      config: { maxConcurrentStreams: 2, expectedStreamsPerConnection: 2 },
    });
    for (let count = 0; count < 3; count += 1) open();
    assert.equal(attempts.length, 2);
    connected(0);
    connected(1);
    assert.deepEqual([codec(0).requests.length, codec(1).requests.length], [2, 1]);
  });
});
