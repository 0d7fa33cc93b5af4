import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@weft/testing";
import { createDebounce } from "./debounce.ts";

function setUp() {
  const clock = createFakeClock();
  const actedAtMs: number[] = [];
  const act = () => actedAtMs.push(clock.nowMs());
  const debounce = createDebounce({ clock, quietMs: 100, maxMs: 1000 }, act);
  return { clock, actedAtMs, debounce };
}

test("a burst is one call, a little after its last event", () => {
  const { clock, actedAtMs, debounce } = setUp();
  for (let event = 0; event < 5; event += 1) {
    debounce.notify();
    clock.advanceMs(50);
  }
  clock.advanceMs(1000);
  assert.deepEqual(actedAtMs, [300]);
});

test("a trickle without end is called for at the latest after the longest wait", () => {
  const { clock, actedAtMs, debounce } = setUp();
  for (let event = 0; event < 45; event += 1) {
    debounce.notify();
    clock.advanceMs(50);
  }
  assert.deepEqual(actedAtMs, [1000, 2000]);
});

test("what is pending at the end is forgotten", () => {
  const { clock, actedAtMs, debounce } = setUp();
  debounce.notify();
  debounce.close();
  debounce.notify();
  clock.advanceMs(5000);
  assert.deepEqual(actedAtMs, []);
});
