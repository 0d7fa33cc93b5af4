import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ClientFixture, connect } from "./fixture/client-fixture.ts";
import { send } from "./fixture/server-fixture.ts";

const EMPTY_OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const isReusable = ({ codec, hasClosed }: ClientFixture) => codec.canOpenStream && !hasClosed();

describe("http1 client: life of a connection", () => {
  test("takes one request at a time", () => {
    const { codec, ask } = connect();
    assert.deepEqual([codec.canOpenStream, codec.activeStreams], [true, 0]);
    ask();
    assert.deepEqual([codec.canOpenStream, codec.activeStreams], [false, 1]);
  });

  test("a reset closes it and tells the pool, not the one who reset", async () => {
    const fixture = connect();
    fixture.ask().reset();
    await send(fixture.upstream);
    assert.deepEqual(fixture.seen, ["stream end", "closed"]);
  });

  test("drains: the response in flight comes whole, then it closes", async () => {
    const fixture = connect();
    fixture.ask();
    fixture.codec.drain();
    await send(fixture.upstream, EMPTY_OK);
    assert.deepEqual(fixture.seen.slice(1), ["end", "stream end", "closed"]);
    const idle = connect();
    idle.codec.drain();
    await send(idle.upstream);
    assert.deepEqual(idle.seen, ["closed"]);
  });

  test("closes when idle for too long, and not during a request", async () => {
    const fixture = connect({ idleTimeoutMs: 100 });
    fixture.ask();
    fixture.clock.advanceMs(250);
    await send(fixture.upstream, EMPTY_OK);
    fixture.clock.advanceMs(99);
    assert.equal(isReusable(fixture), true);
    fixture.clock.advanceMs(1);
    assert.equal(isReusable(fixture), false);
  });

  test("stops the sender above the high watermark and starts it again", async () => {
    const { upstream, ask, seen } = connect({ highWatermarkBytes: 10_000 });
    upstream.pause();
    const stream = ask("PUT", [], false);
    let isWritable = true;
    for (let count = 0; count < 100 && isWritable; count++)
      isWritable = stream.sendData(Buffer.alloc(5_000), false);
    assert.equal(isWritable, false);
    upstream.resume();
    await send(upstream);
    assert.deepEqual(seen, ["writable"]);
  });
});
