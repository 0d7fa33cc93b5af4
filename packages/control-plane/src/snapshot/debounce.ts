import type { Clock, Timer } from "@weft/core";

/** How long to wait for more. */
export interface DebounceConfig {
  readonly clock: Clock;
  /** After the latest event. */
  readonly quietMs: number;
  /** After the first event, whatever follows. */
  readonly maxMs: number;
}

/** Turns bursts of events into one call each. */
export interface Debounce {
  /** Something happened. */
  notify(): void;
  /** Forgets what is pending. */
  close(): void;
}

/** Calls `act` when it has been quiet for a while, or at the latest when the wait gets too long. */
export function createDebounce(config: DebounceConfig, act: () => void): Debounce {
  const { clock, quietMs, maxMs } = config;
  let firstAtMs: number | undefined;
  let timer: Timer | undefined;
  let isClosed = false;
  return {
    notify() {
      if (isClosed) return;
      const nowMs = clock.nowMs();
      firstAtMs ??= nowMs;
      timer?.cancel();
      timer = clock.schedule(Math.min(quietMs, firstAtMs + maxMs - nowMs), () => {
        firstAtMs = undefined;
        act();
      });
    },
    close() {
      isClosed = true;
      timer?.cancel();
    },
  };
}
