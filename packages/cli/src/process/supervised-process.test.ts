import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@weft/testing";
import type { Exit, Launch } from "./process-group.ts";
import { formatExit, SupervisedProcess } from "./supervised-process.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const CRASH: Exit = { code: 1, signal: null };

function setUp() {
  const clock = createFakeClock();
  const starts: { readonly launch: Launch; readonly end: (exit: Exit) => void }[] = [];
  const states: string[] = [];
  let tokenCount = 0;
  const supervised = new SupervisedProcess(
    {
      name: "sidecar",
      output: {},
      prepare: () => ({ command: `token-${++tokenCount}`, parameters: [], environment: {} }),
      probe: async () => {},
    },
    {
      spawn: (launch) => {
        const { promise, resolve } = Promise.withResolvers<Exit>();
        starts.push({ launch, end: resolve });
        const stop = async () => {
          resolve({ code: 0, signal: null });
          return promise;
        };
        return { pid: 4000 + starts.length, exited: promise, signal: () => {}, stop };
      },
      clock,
      random: () => 0.5,
      onState: ({ state }) => states.push(state),
    },
  );
  const crash = async () => {
    starts.at(-1)?.end(CRASH);
    await settled();
  };
  const advance = async (ms: number) => {
    clock.advanceMs(ms);
    await settled();
  };
  return { advance, starts, states, supervised, crash };
}

test("supervised process: a crash is followed by a start with a fresh preparation", async () => {
  const { advance, starts, states, supervised, crash } = setUp();
  supervised.start();
  await settled();
  await crash();
  assert.deepEqual(states, ["starting", "ready", "waiting"]);
  await advance(249);
  assert.equal(starts.length, 1);
  await advance(1);
  assert.equal(starts[1]?.launch.command, "token-2");
  assert.equal(supervised.restarts, 1);
});

test("supervised process: the back-off grows with each crash up to its cap", async () => {
  const { advance, starts, supervised, crash } = setUp();
  supervised.start();
  for (const delayMs of [250, 750, 1750, 3750, 7750, 15_000, 15_000]) {
    const before = starts.length;
    await crash();
    await advance(delayMs - 1);
    assert.equal(starts.length, before, `not yet after ${delayMs - 1} ms`);
    await advance(1);
    assert.equal(starts.length, before + 1);
  }
});

test("supervised process: who was up for long starts again at the shortest back-off", async () => {
  const { advance, starts, supervised, crash } = setUp();
  supervised.start();
  await crash();
  await advance(250);
  await advance(31_000);
  await crash();
  await advance(250);
  assert.equal(starts.length, 3);
});

test("supervised process: one that was stopped does not come back", async () => {
  const { advance, starts, states, supervised, crash } = setUp();
  supervised.start();
  await crash();
  await supervised.stop(1000);
  await advance(60_000);
  assert.equal(starts.length, 1);
  assert.equal(states.at(-1), "stopped");
});

test("exit: is told in words", () => {
  assert.equal(formatExit(CRASH), "exited with code 1");
  assert.equal(formatExit({ code: null, signal: "SIGKILL" }), "was ended by SIGKILL");
});
