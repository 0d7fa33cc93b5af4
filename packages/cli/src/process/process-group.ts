import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Clock } from "@weft/core";

/** What to start. */
export interface Launch {
  readonly command: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder?: string;
}

/** Where its output goes. */
export interface Output {
  /** Appended to. `undefined`: this process's own output and input, for `weft run`. */
  readonly logPath?: string;
  /** Also sees each line that the program writes. */
  readonly onLine?: (line: string) => void;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It never ran: no such program, not executable. */
  readonly error?: Error;
}

/** Told which groups are alive; see reaper.ts. */
export interface GroupWatcher {
  add(groupId: number): void;
  remove(groupId: number): void;
}

/**
 * A program in a process group of its own: a signal of the terminal does not reach it, and what it
 * started itself ends with it. A kept pipe to its standard input tells our own programs that we live.
 */
export class ProcessGroup {
  readonly pid: number | undefined;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;

  constructor(launch: Launch, output: Output, watcher: GroupWatcher, clock: Clock) {
    this.#clock = clock;
    this.#child = spawnGroup(launch, output);
    this.pid = this.#child.pid;
    const { pid } = this;
    if (pid !== undefined) watcher.add(pid);
    const { promise, resolve } = Promise.withResolvers<Exit>();
    this.#child.once("error", (error) => resolve({ code: null, signal: null, error }));
    this.#child.once("exit", (code, signal) => resolve({ code, signal }));
    this.exited = promise.then((exit) => {
      // What a crashed leader left behind would hold its port and nobody would know it.
      if (pid !== undefined) {
        signalGroup(pid, "SIGKILL");
        watcher.remove(pid);
      }
      return exit;
    });
  }

  /** Sends `signal` to all processes of the group. */
  signal(signal: NodeJS.Signals): void {
    if (this.pid !== undefined) signalGroup(this.pid, signal);
  }

  /** Asks the group to end, and ends it for good after `deadlineMs`. */
  async stop(deadlineMs: number): Promise<Exit> {
    this.signal("SIGTERM");
    const kill = this.#clock.schedule(deadlineMs, () => this.signal("SIGKILL"));
    try {
      return await this.exited;
    } finally {
      kill.cancel();
    }
  }
}

function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal);
  } catch {
    // ESRCH: all of it is gone already.
  }
}

function spawnGroup(launch: Launch, { logPath, onLine }: Output): ChildProcess {
  const log = logPath === undefined ? undefined : openSync(logPath, "a", 0o600);
  const sink = onLine !== undefined ? "pipe" : (log ?? "inherit");
  const write = (line: string) => {
    if (logPath !== undefined) appendFileSync(logPath, `${line}\n`);
    onLine?.(line);
  };
  try {
    const child = spawn(launch.command, [...launch.parameters], {
      detached: true,
      env: { ...launch.environment },
      cwd: launch.folder,
      stdio: [logPath === undefined ? "inherit" : "pipe", sink, sink],
    });
    // The pipe is only there to be closed; a child that ends first must not raise EPIPE here.
    child.stdin?.on("error", () => {});
    if (onLine !== undefined) {
      for (const stream of [child.stdout, child.stderr]) {
        if (stream !== null) createInterface({ input: stream }).on("line", write);
      }
    }
    return child;
  } finally {
    if (log !== undefined) closeSync(log);
  }
}
