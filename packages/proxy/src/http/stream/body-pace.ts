import type { Clock, Timer } from "@weft/core";

/** Nobody is judged before that. */
const GRACE_MS = 5000;
const CHECK_EVERY_MS = 1000;
const MIN_BYTES_PER_SECOND = 240;

/** Whose body it is. */
export interface BodyPaceOwner {
  readonly receivedBytes: number;
  /** Called at most once. */
  onBodyTooSlow(): void;
}

/**
 * Notices a client that dribbles a body of declared length to hold a stream (R-U-D-Y). The time in
 * which we ourselves asked it to wait does not count.
 */
export class BodyPace {
  readonly #clock: Clock;
  readonly #owner: BodyPaceOwner;
  #timer: Timer;
  #sinceMs: number;
  #pausedAtMs: number | undefined;

  constructor(clock: Clock, owner: BodyPaceOwner) {
    this.#clock = clock;
    this.#owner = owner;
    this.#sinceMs = clock.nowMs();
    this.#timer = clock.schedule(GRACE_MS + CHECK_EVERY_MS, this.#check, { unref: true });
  }

  pause(): void {
    this.#pausedAtMs ??= this.#clock.nowMs();
  }

  resume(): void {
    if (this.#pausedAtMs === undefined) return;
    this.#sinceMs += this.#clock.nowMs() - this.#pausedAtMs;
    this.#pausedAtMs = undefined;
  }

  close(): void {
    this.#timer.cancel();
  }

  readonly #check = (): void => {
    const elapsedMs = (this.#pausedAtMs ?? this.#clock.nowMs()) - this.#sinceMs;
    const wantedBytes = ((elapsedMs - GRACE_MS) / 1000) * MIN_BYTES_PER_SECOND;
    if (this.#owner.receivedBytes < wantedBytes) {
      this.#owner.onBodyTooSlow();
      return;
    }
    this.#timer = this.#clock.schedule(CHECK_EVERY_MS, this.#check, { unref: true });
  };
}
