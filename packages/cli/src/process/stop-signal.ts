import type { Clock } from "@weft/core";

/** A terminal, npm and our own launcher for older Nodes may each pass on the same Ctrl-C. */
const SAME_WITHIN_MS = 400;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls `onFirst` for the first signal to end, `onSecond` for the next one; the answer stops listening. */
export function onStopSignal(
  clock: Clock,
  onFirst: (signal: NodeJS.Signals) => void,
  onSecond: () => void,
): () => void {
  let firstAtMs: number | undefined;
  const listener = (signal: NodeJS.Signals) => {
    if (firstAtMs === undefined) {
      firstAtMs = clock.nowMs();
      onFirst(signal);
    } else if (clock.nowMs() - firstAtMs > SAME_WITHIN_MS) {
      onSecond();
    }
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
