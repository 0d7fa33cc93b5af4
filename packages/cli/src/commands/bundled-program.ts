import { type Clock, systemClock } from "@weft/core";
import { type Exit, ProcessGroup } from "../process/process-group.ts";
import { createReaper } from "../process/reaper.ts";

/** After that, a program that was asked to end is ended. */
const SECOND_SIGNAL: NodeJS.Signals = "SIGKILL";
const SAME_WITHIN_MS = 400;

/**
 * Runs a program in this one's place: same terminal, signals passed on (once, however many parents
 * pass on the same one), its exit code ours. It ends when this process is killed.
 */
export async function runProgram(
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock = systemClock,
): Promise<number> {
  const reaper = createReaper();
  const group = new ProcessGroup({ command, parameters, environment }, {}, reaper, clock);
  let firstAtMs: number | undefined;
  const pass = (signal: NodeJS.Signals) => {
    if (firstAtMs === undefined) {
      firstAtMs = clock.nowMs();
      group.signal(signal);
    } else if (clock.nowMs() - firstAtMs > SAME_WITHIN_MS) group.signal(SECOND_SIGNAL);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, pass);
  const exit = await group.exited;
  await reaper.close();
  return exitCodeOf(exit);
}

/** A shell's way: 128 and the signal's number; 127 for what cannot be started. */
export function exitCodeOf({ code, signal, error }: Exit): number {
  if (error !== undefined) return 127;
  const numbers: Readonly<Record<string, number>> = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGKILL: 9,
    SIGTERM: 15,
  };
  return code ?? 128 + (numbers[signal ?? ""] ?? 0);
}
