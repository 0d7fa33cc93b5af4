import { createWriteStream, type WriteStream } from "node:fs";

/** The part of a file or stream that a sink needs. */
export interface LogTarget {
  write(text: string): void;
  readonly pendingBytes: number;
  /** Goes on with a new file of the same path. */
  reopen(): void;
  close(): Promise<void>;
}

/**
 * Appends to a file. A file that failed is opened anew at the next write, so that a disk that was
 * full for a while costs the lines of that while; `onError` is told once for each such while.
 */
export function createFileTarget(path: string, onError: (error: Error) => void): LogTarget {
  let isFailing = false;
  let file = open();

  function open(): WriteStream {
    const opened = createWriteStream(path, { flags: "a", mode: 0o640 });
    opened.on("error", (error) => {
      if (!isFailing) onError(error);
      isFailing = true;
    });
    return opened;
  }

  return {
    write(text) {
      if (file.destroyed) file = open();
      file.write(text, (error) => {
        if (error === null || error === undefined) isFailing = false;
      });
    },
    get pendingBytes() {
      return file.writableLength;
    },
    reopen() {
      file.end();
      file = open();
    },
    close: () =>
      new Promise((resolve) => {
        if (file.closed || file.destroyed) return resolve();
        file.once("close", resolve);
        file.end();
      }),
  };
}

/** One of the process's own streams, which outlive every sink. */
export function standardTarget(stream: NodeJS.WriteStream): LogTarget {
  return {
    write: (text) => void stream.write(text),
    get pendingBytes() {
      return stream.writableLength;
    },
    reopen() {},
    close: () => new Promise((resolve) => stream.write("", () => resolve())),
  };
}
