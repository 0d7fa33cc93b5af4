/** Uniform in [0, 1). Injected, so that a test can seed it. */
export type Random = () => number;

/** The machine's own randomness; not for secrets. */
export const systemRandom: Random = Math.random;

/** A reproducible sequence (mulberry32) for tests and replays; equal seeds give equal sequences. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
