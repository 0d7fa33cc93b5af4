import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFakeClock } from "@weft/testing";
import { IdleTimer } from "./idle-timer.ts";

function setUp(timeoutMs: number) {
  const clock = createFakeClock();
  const state = { isBusy: false, idleCount: 0 };
  const timer = new IdleTimer({
    clock,
    timeoutMs,
    isBusy: () => state.isBusy,
    onIdle: () => {
      state.idleCount += 1;
    },
  });
  return { clock, state, timer };
}

describe("idle timer", () => {
  test("tells once, when the whole time has passed", () => {
    const { clock, state } = setUp(100);
    clock.advanceMs(99);
    assert.equal(state.idleCount, 0);
    clock.advanceMs(1);
    clock.advanceMs(1_000);
    assert.equal(state.idleCount, 1);
  });

  test("begins again at the end of a stream", () => {
    const { clock, state, timer } = setUp(100);
    clock.advanceMs(60);
    timer.restart();
    clock.advanceMs(99);
    assert.equal(state.idleCount, 0);
    clock.advanceMs(1);
    assert.equal(state.idleCount, 1);
  });

  test("does not count while a stream is open, however long", () => {
    const { clock, state, timer } = setUp(100);
    state.isBusy = true;
    clock.advanceMs(1_050);
    state.isBusy = false;
    timer.restart();
    clock.advanceMs(99);
    assert.equal(state.idleCount, 0);
    clock.advanceMs(1);
    assert.equal(state.idleCount, 1);
  });

  test("never tells when it is off or closed", () => {
    const off = setUp(0);
    off.clock.advanceMs(1e9);
    const closed = setUp(100);
    closed.timer.close();
    closed.clock.advanceMs(1_000);
    assert.deepEqual([off.state.idleCount, closed.state.idleCount], [0, 0]);
  });
});
