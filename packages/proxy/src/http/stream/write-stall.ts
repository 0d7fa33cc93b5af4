import type { Duplex } from "node:stream";
import type { Clock, Timer } from "@weft/core";

/** A connection that takes no byte for so long has a reader that is gone, or means harm. */
const STALL_MS = 15_000;

/**
 * Notices a client that does not read its response. Only watches while the response waits for it; a
 * reader that is slow but reads is left alone. Streams of HTTP/2 share one connection: one whose
 * window stays shut while others move is left to the idle timeout.
 */
export class WriteStall {
  readonly #clock: Clock;
  readonly #socket: Duplex;
  readonly #onStalled: () => void;
  #timer: Timer | undefined;
  #takenBytes = 0;

  constructor(clock: Clock, socket: Duplex, onStalled: () => void) {
    this.#clock = clock;
    this.#socket = socket;
    this.#onStalled = onStalled;
  }

  /** The response waits from now on; it may wait already. */
  watch(): void {
    if (this.#timer !== undefined) return;
    this.#takenBytes = takenBytes(this.#socket);
    this.#timer = this.#clock.schedule(STALL_MS, this.#check, { unref: true });
  }

  /** The response goes on. */
  rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #check = (): void => {
    this.#timer = undefined;
    if (takenBytes(this.#socket) === this.#takenBytes) this.#onStalled();
    else this.watch();
  };
}

/** What the kernel (or whatever is below) has accepted; for a socket `bytesWritten` counts what waits too. */
function takenBytes(socket: Duplex & { readonly bytesWritten?: number }): number {
  return (socket.bytesWritten ?? 0) - socket.writableLength;
}
