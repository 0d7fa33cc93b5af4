import type { Duplex } from "node:stream";

/** Counts and times what passes; read by access log and idle timeout. */
export interface PumpTally {
  bytes: number;
  lastActivityMs: number;
}

/**
 * Copies one direction: pauses the reader while the writer is full, and passes FIN on without
 * touching the other direction.
 */
export function pump(from: Duplex, to: Duplex, tally: PumpTally, nowMs: () => number): void {
  from.on("data", (chunk: Buffer) => {
    tally.bytes += chunk.length;
    tally.lastActivityMs = nowMs();
    if (!to.write(chunk)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.once("end", () => to.end());
  from.resume();
}
