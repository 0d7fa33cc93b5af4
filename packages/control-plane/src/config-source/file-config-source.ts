import { type FSWatcher, watch } from "node:fs";
import { type Clock, type Log, type Timer, toError } from "@weft/core";
import type { Problem } from "../model/problem.ts";
import { findFiles, readText } from "./find-files.ts";
import { type MeshReading, ResourceStore } from "./resource-store.ts";

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

/** Reads resources from files and goes on watching them. */
export function createFileConfigSource(options: FileConfigSourceOptions): FileConfigSource {
  const source = new WatchedFiles(options);
  return { start: () => source.start(), close: () => source.close() };
}

class WatchedFiles {
  readonly #options: FileConfigSourceOptions;
  readonly #store = new ResourceStore();
  readonly #stamps = new Map<string, string>();
  readonly #watchers = new Map<string, FSWatcher>();
  #lastPathProblems = "";
  #isClosed = false;
  /** One scan at a time; a wish that comes during a scan is granted by one more. */
  #scanning: Promise<void> | undefined;
  #isDirty = false;
  #timer: Timer | undefined;

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
    let hasChanged = this.#forgetMissing(new Set(found.files.map(({ file }) => file)));
    for (const { file, stamp } of found.files) {
      if (this.#stamps.get(file) === stamp) continue;
      this.#stamps.set(file, stamp);
      hasChanged = true;
      await this.#readFile(file);
    }
    const pathProblems = JSON.stringify(found.problems);
    hasChanged ||= pathProblems !== this.#lastPathProblems;
    this.#lastPathProblems = pathProblems;
    if (this.#isClosed || !(hasChanged || isFirst)) return;
    onChange(withProblems(this.#store.read(found.files.map(({ file }) => file)), found.problems));
  }

  async #readFile(file: string): Promise<void> {
    const text = await readText(file);
    if (typeof text === "string") {
      this.#store.put(file, text);
    } else if (text === undefined) {
      this.#stamps.delete(file);
      this.#store.delete(file);
    } else {
      this.#store.fail(file, text);
    }
  }

  #forgetMissing(files: ReadonlySet<string>): boolean {
    let hasForgotten = false;
    for (const file of this.#stamps.keys()) {
      if (files.has(file)) continue;
      this.#stamps.delete(file);
      this.#store.delete(file);
      hasForgotten = true;
    }
    return hasForgotten;
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
