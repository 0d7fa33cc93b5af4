import { type FSWatcher, watch } from "node:fs";
import { type Clock, type Log, type Timer, toError } from "@weft/core";
import type { Problem } from "../model/problem.ts";
import { findFiles, readText } from "./find-files.ts";
import { type MeshReading, ResourceStore } from "./resource-store.ts";
import { Settling } from "./settling.ts";

/** What {@link createFileConfigSource} needs. */
export interface FileConfigSourceOptions {
  /** Files and folders. What stands in an earlier one wins over the same resource in a later one. */
  readonly paths: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** Called after the first reading and after each change; never twice for the same content. */
  readonly onChange: (reading: MeshReading) => void;
}

/** Files as the source of the mesh. */
export interface FileConfigSource {
  /** Settles when everything was read once and told; then watches. */
  start(): Promise<void>;
  /** Idempotent; nothing is told afterwards. */
  close(): Promise<void>;
}

/**
 * Watching tells early but not reliably (network folders, files replaced by renaming, folders made
 * later), so everything is looked at again at this interval; unchanged files are not read.
 */
const RESCAN_INTERVAL_MS = 2000;
/** Between the two looks at a file that is being written. */
const SETTLE_MS = 20;

/** Reads resources from files and goes on watching them. */
export function createFileConfigSource(options: FileConfigSourceOptions): FileConfigSource {
  const source = new WatchedFiles(options);
  return { start: () => source.start(), close: () => source.close() };
}

class WatchedFiles {
  readonly #options: FileConfigSourceOptions;
  readonly #store = new ResourceStore();
  readonly #settling = new Settling();
  readonly #watchers = new Map<string, FSWatcher>();
  #lastPathProblems = "";
  #isClosed = false;
  /** One scan at a time; a wish that comes during a scan is granted by one more. */
  #scanning: Promise<void> | undefined;
  #isDirty = false;
  #timer: Timer | undefined;
  #settleTimer: Timer | undefined;

  constructor(options: FileConfigSourceOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#scan(true);
    this.#scheduleRescan();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#settleTimer?.cancel();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    await this.#scanning;
  }

  #scheduleRescan(): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.clock.schedule(
      RESCAN_INTERVAL_MS,
      () => {
        this.#request();
        this.#scheduleRescan();
      },
      { unref: true },
    );
  }

  #request(): void {
    this.#isDirty = true;
    if (this.#scanning !== undefined || this.#isClosed) return;
    this.#scanning = this.#scanUntilClean().finally(() => {
      this.#scanning = undefined;
    });
  }

  async #scanUntilClean(): Promise<void> {
    while (this.#isDirty && !this.#isClosed) {
      this.#isDirty = false;
      try {
        await this.#scan(false);
      } catch (error: unknown) {
        this.#options.log.error("reading the configuration failed", {
          reason: toError(error).message,
        });
      }
    }
  }

  async #scan(isFirst: boolean): Promise<void> {
    const { paths, onChange } = this.#options;
    const found = await findFiles(paths);
    // Watch before reading: what changes in between is told once more, not lost.
    this.#watch([...found.folders, ...paths.filter((path) => !found.folders.includes(path))]);
    const missing = this.#settling.missing(found.files);
    const gone = missing.filter((file) => this.#settling.acceptGone(file));
    for (const file of gone) this.#store.delete(file);
    const changed = found.files.filter((file) => this.#settling.accept(file));
    for (const { file } of changed) await this.#readFile(file);
    if (this.#settling.isWaiting) this.#lookAgain();

    let hasChanged = gone.length + changed.length > 0;
    const pathProblems = JSON.stringify(found.problems);
    hasChanged ||= pathProblems !== this.#lastPathProblems;
    this.#lastPathProblems = pathProblems;
    if (this.#isClosed || !(hasChanged || isFirst)) return;
    const files = [...found.files.map(({ file }) => file), ...missing];
    onChange(withProblems(this.#store.read(files), found.problems));
  }

  async #readFile(file: string): Promise<void> {
    const text = await readText(file);
    if (typeof text === "string") {
      this.#store.put(file, text);
    } else if (text === undefined) {
      this.#settling.forget(file);
      this.#store.delete(file);
    } else {
      this.#store.fail(file, text);
    }
  }

  #lookAgain(): void {
    this.#settleTimer?.cancel();
    this.#settleTimer = this.#options.clock.schedule(SETTLE_MS, () => this.#request());
  }

  #watch(paths: readonly string[]): void {
    for (const [path, watcher] of this.#watchers) {
      if (paths.includes(path)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
    if (this.#isClosed) return;
    for (const path of paths) if (!this.#watchers.has(path)) this.#watchOne(path);
  }

  #watchOne(path: string): void {
    try {
      const watcher = watch(path, { persistent: false }, (event) => {
        // A renamed or replaced file takes its watch along; the next scan makes a new one.
        if (event === "rename") this.#unwatch(path);
        this.#request();
      });
      watcher.on("error", () => this.#unwatch(path));
      this.#watchers.set(path, watcher);
    } catch {
      // Not there, or no watches left: the rescan sees changes, only later.
    }
  }

  #unwatch(path: string): void {
    this.#watchers.get(path)?.close();
    this.#watchers.delete(path);
  }
}

function withProblems(reading: MeshReading, problems: readonly Problem[]): MeshReading {
  return { ...reading, problems: [...problems, ...reading.problems] };
}
