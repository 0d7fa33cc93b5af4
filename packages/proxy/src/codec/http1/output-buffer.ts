import type { Duplex } from "node:stream";

/** Parts up to this many bytes are copied together and leave in one write. */
const MAX_COPIED_BYTES = 32 * 1024;

/**
 * Gathers what one turn of the event loop produces and hands it to the socket in one write.
 *
 *   head text ─┐
 *   chunk      ├─► parts ──(flush, or end of turn)──► socket
 *   chunk      ┘
 *
 * Benchmarked: head and body in one segment, no promise and no closure for each write.
 */
export class OutputBuffer {
  readonly #socket: Duplex;
  readonly #highWatermarkBytes: number;
  readonly #onWritable: () => void;
  readonly #flushLater: () => void;
  readonly #onWritten: () => void;
  #parts: (string | Buffer)[] = [];
  #bytes = 0;
  #isScheduled = false;
  #isBlocked = false;

  constructor(socket: Duplex, highWatermarkBytes: number, onWritable: () => void) {
    this.#socket = socket;
    this.#highWatermarkBytes = highWatermarkBytes;
    this.#onWritable = onWritable;
    this.#flushLater = () => {
      this.#isScheduled = false;
      this.flush();
    };
    this.#onWritten = () => this.#settle();
  }

  /** Someone was told to stop and has not been told to go on. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Takes `latin1` text or bytes. */
  add(part: string | Buffer): void {
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(this.#flushLater);
  }

  /** False when the socket holds too much: `onWritable` follows when half of it is gone. */
  admitsMore(): boolean {
    if (this.#bytes + this.#socket.writableLength <= this.#highWatermarkBytes) return true;
    this.#isBlocked = true;
    this.flush();
    // Everything may have left already.
    if (this.#socket.writableLength > this.#highWatermarkBytes / 2) return false;
    this.#isBlocked = false;
    return true;
  }

  flush(): void {
    const parts = this.#parts;
    if (parts.length === 0) return;
    const bytes = this.#bytes;
    this.#parts = [];
    this.#bytes = 0;
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    const [first] = parts;
    if (parts.length === 1 && first !== undefined) this.#write(first);
    else if (bytes <= MAX_COPIED_BYTES) this.#write(join(parts, bytes));
    else {
      this.#socket.cork();
      for (const part of parts) this.#write(part);
      this.#socket.uncork();
    }
  }

  /** Flushes and sends FIN. */
  end(): void {
    this.flush();
    if (!this.#socket.writableEnded) this.#socket.end();
  }

  #write(part: string | Buffer): void {
    const written = this.#isBlocked ? this.#onWritten : undefined;
    if (typeof part === "string") this.#socket.write(part, "latin1", written);
    else this.#socket.write(part, written);
  }

  #settle(): void {
    if (!this.#isBlocked || this.#socket.destroyed) return;
    if (this.#bytes + this.#socket.writableLength > this.#highWatermarkBytes / 2) return;
    this.#isBlocked = false;
    this.#onWritable();
  }
}

function join(parts: readonly (string | Buffer)[], bytes: number): Buffer {
  const joined = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "string") joined.write(part, at, "latin1");
    else part.copy(joined, at);
    at += part.length;
  }
  return joined;
}
