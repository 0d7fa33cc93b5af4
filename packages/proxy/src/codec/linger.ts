import type { Duplex } from "node:stream";
import type { Clock } from "@weft/core";

/** How long we read and discard after our FIN, so that the peer can read our last answer. */
const LINGER_MS = 1_000;

/** Waits for the peer's end after ours, but not for ever: whoever never hangs up is cut off. */
export function linger(socket: Duplex, clock: Clock): void {
  const timer = clock.schedule(LINGER_MS, () => socket.destroy());
  socket.once("close", () => timer.cancel());
}
