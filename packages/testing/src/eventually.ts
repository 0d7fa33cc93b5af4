/** How long to wait for a condition, and how often to look. */
export interface Patience {
  /** Default 10,000. */
  readonly deadlineMs?: number;
  /** Default 50. */
  readonly everyMs?: number;
}

/** Thrown by a probe when waiting longer cannot help; `eventually` then rejects with it at once. */
export class Hopeless extends Error {
  override readonly name = "Hopeless";
}

/**
 * Asks `probe` until it answers something other than undefined, and answers that. A probe that
 * throws has not answered yet. Rejects at the deadline with `what` and the probe's last complaint:
 * tests wait for conditions, never for time to pass.
 */
export async function eventually<Value>(
  what: string,
  probe: () => Promise<Value | undefined> | Value | undefined,
  { deadlineMs = 10_000, everyMs = 50 }: Patience = {},
): Promise<Value> {
  const startedAtMs = performance.now();
  let complaint: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
      complaint = undefined;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      complaint = error;
    }
    if (performance.now() - startedAtMs > deadlineMs) {
      const reason = complaint instanceof Error ? `: ${complaint.message}` : "";
      throw new Error(`${what} did not come true in ${deadlineMs} ms${reason}`, {
        cause: complaint,
      });
    }
    await pause(everyMs);
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
