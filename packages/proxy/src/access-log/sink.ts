import type { Clock, Timer } from "@weft/core";
import { createFileTarget, type LogTarget, standardTarget } from "./log-target.ts";

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

/** Sinks whose files someone else may move away, as logrotate does. */
export interface ReopenableSinks extends AccessLogSinks {
  /** Writes what is buffered to the old files, and everything later to new ones of the same path. */
  reopen(): void;
}

/** A line waits this long at most. */
const FLUSH_INTERVAL_MS = 200;
/** A batch this large goes out at once. */
const FLUSH_BYTES = 64 * 1024;
/** When a file cannot keep up, lines beyond this are dropped: logging must not eat the memory. */
const MAX_PENDING_BYTES = 8 * 1024 * 1024;

/**
 * `/dev/stdout` and `/dev/stderr` are the process's own streams; other paths are appended to.
 * `onError` is told once when a file begins to fail or to lag, and again only after it recovered.
 */
export function createAccessLogSinks(
  clock: Clock,
  onError: (error: Error) => void,
): ReopenableSinks {
  const sinks = new Map<string, BatchingSink>();
  return {
    sink(path) {
      let sink = sinks.get(path);
      if (sink === undefined) {
        const lags = () => onError(new Error(`${path} cannot keep up; lines are dropped`));
        sink = new BatchingSink(openTarget(path, onError), clock, lags);
        sinks.set(path, sink);
      }
      return sink;
    },
    reopen() {
      for (const sink of sinks.values()) sink.reopen();
    },
    async close() {
      await Promise.all([...sinks.values()].map((sink) => sink.close()));
      sinks.clear();
    },
  };
}

/** Collects lines and writes them together. */
export class BatchingSink implements AccessLogSink {
  readonly #target: LogTarget;
  readonly #clock: Clock;
  readonly #onLag: () => void;
  #batch = "";
  #timer: Timer | undefined;
  #isLagging = false;

  /** `onLag` is called when lines begin to be dropped. */
  constructor(target: LogTarget, clock: Clock, onLag: () => void) {
    this.#target = target;
    this.#clock = clock;
    this.#onLag = onLag;
  }

  write(line: string): void {
    if (this.#target.pendingBytes > MAX_PENDING_BYTES) {
      if (!this.#isLagging) this.#onLag();
      this.#isLagging = true;
      return;
    }
    this.#isLagging = false;
    this.#batch += line;
    if (this.#batch.length >= FLUSH_BYTES) this.#flush();
    else this.#timer ??= this.#clock.schedule(FLUSH_INTERVAL_MS, this.#flush, { unref: true });
  }

  reopen(): void {
    this.#flush();
    this.#target.reopen();
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
  return createFileTarget(path, onError);
}
