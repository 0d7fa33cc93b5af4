/** A pending call that can be taken back. Cancelling twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time, injected everywhere, so that a test can own it. */
export interface Clock {
  /** Milliseconds since an arbitrary origin; fractional; never goes backwards. */
  nowMs(): number;

  /** Milliseconds since 1970-01-01T00:00:00Z; may jump when the machine's clock is set. */
  wallMs(): number;

  /**
   * Calls `callback` once, `delayMs` from now (0 or less: as soon as possible). Delays longer than
   * Node's 2^31-1 ms are honoured. An `unref` timer does not keep the process alive.
   */
  schedule(delayMs: number, callback: () => void, options?: { readonly unref?: boolean }): Timer;
}

/** Node fires a longer timer at once. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  schedule(delayMs, callback, options) {
    let handle: NodeJS.Timeout;
    const arm = (remainingMs: number) => {
      const partMs = Math.min(remainingMs, MAX_TIMEOUT_MS);
      handle = setTimeout(() => {
        if (remainingMs > partMs) arm(remainingMs - partMs);
        else callback();
      }, partMs);
      if (options?.unref === true) handle.unref();
    };
    arm(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};
