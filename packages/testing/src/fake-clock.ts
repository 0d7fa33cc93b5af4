import type { Clock, Timer } from "@weft/core";

/** A clock that moves only when told to; timers due on the way run in order. */
export interface FakeClock extends Clock {
  advanceMs(elapsedMs: number): void;
}

/** Starts at 0 ms, and at 2026-01-01T00:00:00Z on the wall. */
export function createFakeClock(): FakeClock {
  const originMs = Date.UTC(2026, 0, 1);
  let nowMs = 0;
  let pending: { dueAtMs: number; callback: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    wallMs: () => originMs + nowMs,
    schedule(delayMs, callback): Timer {
      const entry = { dueAtMs: nowMs + Math.max(0, delayMs), callback };
      pending.push(entry);
      return {
        cancel: () => {
          pending = pending.filter((other) => other !== entry);
        },
      };
    },
    advanceMs(elapsedMs) {
      const untilMs = nowMs + elapsedMs;
      for (;;) {
        const due = pending
          .filter((entry) => entry.dueAtMs <= untilMs)
          .sort((a, b) => a.dueAtMs - b.dueAtMs)[0];
        if (due === undefined) break;
        pending = pending.filter((entry) => entry !== due);
        nowMs = due.dueAtMs;
        due.callback();
      }
      nowMs = untilMs;
    },
  };
}
