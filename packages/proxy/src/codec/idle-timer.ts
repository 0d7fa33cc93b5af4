import type { Clock, Timer } from "@weft/core";

/** What an {@link IdleTimer} watches. */
export interface IdleTimerConfig {
  readonly clock: Clock;
  /** Zero: never. */
  readonly timeoutMs: number;
  /** Whether a stream is open; as long as one is, the connection is not idle. */
  isBusy(): boolean;
  onIdle(): void;
}

/**
 * Tells when a connection has had no stream for too long. A stream costs it no timer, only a glance at the
 * clock: when the time is up, it looks how much of it is really left.
 */
export class IdleTimer {
  readonly #config: IdleTimerConfig;
  #lastActivityMs: number;
  #timer: Timer | undefined;

  constructor(config: IdleTimerConfig) {
    this.#config = config;
    this.#lastActivityMs = config.clock.nowMs();
    if (config.timeoutMs > 0) this.#arm(config.timeoutMs);
  }

  /** A stream ended: the time begins again. */
  restart(): void {
    this.#lastActivityMs = this.#config.clock.nowMs();
  }

  close(): void {
    this.#timer?.cancel();
  }

  #arm(delayMs: number): void {
    const { clock, timeoutMs } = this.#config;
    this.#timer = clock.schedule(
      delayMs,
      () => {
        const leftMs = timeoutMs - (clock.nowMs() - this.#lastActivityMs);
        if (this.#config.isBusy()) this.#arm(timeoutMs);
        else if (leftMs > 0) this.#arm(leftMs);
        else this.#config.onIdle();
      },
      { unref: true },
    );
  }
}
