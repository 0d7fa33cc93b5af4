import assert from "node:assert/strict";
import type { Random } from "./random.ts";

/** Bounds of an exponential back-off, in milliseconds. */
export interface BackoffConfig {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * The delay before attempt `attempt` (1 is the first repetition), fully jittered as Envoy's:
 * uniform in [0, base·(2^attempt − 1)), never above `maxMs`.
 */
export function backoffMs(config: BackoffConfig, attempt: number, random: Random): number {
  assert(attempt >= 1);
  // Beyond 2^30 the cap decides anyway; the exponent stays finite.
  const ceilingMs = config.baseMs * (2 ** Math.min(attempt, 30) - 1);
  return Math.min(random() * ceilingMs, config.maxMs);
}
