import { createWriteStream, type WriteStream } from "node:fs";
import type { Clock, Timer } from "@weft/core";

/** Where finished lines go. */
export interface AccessLogSink {
  /** `line` ends in its own newline. Never blocks; lines are written in batches. */
  write(line: string): void;
}

/** All sinks of a process, one for each path. */
export interface AccessLogSinks {
  sink(path: string): AccessLogSink;
  /** Writes what is buffered and closes the files. */
  close(): Promise<void>;
}

/** A line waits this long at most. */
const FLUSH_INTERVAL_MS = 200;
/** A batch this large goes out at once. */
const FLUSH_BYTES = 64 * 1024;
/** When a file cannot keep up, lines beyond this are dropped: logging must not eat the memory. */
const MAX_PENDING_BYTES = 8 * 1024 * 1024;

/** `/dev/stdout` and `/dev/stderr` are the process's own streams; other paths are appended to. */
export function createAccessLogSinks(
  clock: Clock,
  onError: (error: Error) => void,
): AccessLogSinks {
  const sinks = new Map<string, BatchingSink>();
  return {
    sink(path) {
      let sink = sinks.get(path);
      if (sink === undefined) {
        sink = new BatchingSink(openTarget(path, onError), clock);
        sinks.set(path, sink);
      }
      return sink;
    },
    async close() {
      await Promise.all([...sinks.values()].map((sink) => sink.close()));
      sinks.clear();
    },
  };
}

/** The part of a stream that a sink needs. */
export interface LogTarget {
  write(text: string): void;
  readonly pendingBytes: number;
  close(): Promise<void>;
}

/** Collects lines and writes them together. */
export class BatchingSink implements AccessLogSink {
  readonly #target: LogTarget;
  readonly #clock: Clock;
  #batch = "";
  #timer: Timer | undefined;

  constructor(target: LogTarget, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
  }

  write(line: string): void {
    if (this.#target.pendingBytes > MAX_PENDING_BYTES) return;
    this.#batch += line;
    if (this.#batch.length >= FLUSH_BYTES) this.#flush();
    else this.#timer ??= this.#clock.schedule(FLUSH_INTERVAL_MS, this.#flush, { unref: true });
  }

  async close(): Promise<void> {
    this.#flush();
    await this.#target.close();
  }

  readonly #flush = (): void => {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#batch === "") return;
    this.#target.write(this.#batch);
    this.#batch = "";
  };
}

function openTarget(path: string, onError: (error: Error) => void): LogTarget {
  if (path === "/dev/stdout") return standardTarget(process.stdout);
  if (path === "/dev/stderr") return standardTarget(process.stderr);
  const file: WriteStream = createWriteStream(path, { flags: "a", mode: 0o640 });
  file.on("error", onError);
  return {
    write: (text) => void file.write(text),
    get pendingBytes() {
      return file.writableLength;
    },
    close: () =>
      new Promise((resolve) => {
        file.once("close", resolve);
        file.end();
        if (file.closed || file.destroyed) resolve();
      }),
  };
}

function standardTarget(stream: NodeJS.WriteStream): LogTarget {
  return {
    write: (text) => void stream.write(text),
    get pendingBytes() {
      return stream.writableLength;
    },
    // The process's own streams outlive every sink.
    close: () => new Promise((resolve) => stream.write("", () => resolve())),
  };
}
