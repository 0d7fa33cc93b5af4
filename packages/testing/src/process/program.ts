import { type ChildProcess, spawn } from "node:child_process";
import { eventually, Hopeless, type Patience } from "../eventually.ts";

/** A real program under test, and all that it printed. */
export interface Program {
  readonly pid: number;
  /** Standard output and error so far, interleaved as they came, colours removed. */
  output(): string;
  /** Waits until the output matches, and answers the match. Rejects when the program ends first. */
  prints(pattern: RegExp, patience?: Patience): Promise<RegExpExecArray>;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  isRunning(): boolean;
  /** Sends SIGTERM (or another signal), after a while SIGKILL, and answers how it ended. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<number | string>;
}

/** How to start it. The environment is added to this process's own. */
export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `command` without a shell, its standard input closed. */
export function startProgram(command: readonly string[], options: ProgramOptions = {}): Program {
  const [file = "", ...parameters] = command;
  const { NO_COLOR: _, FORCE_COLOR: __, NODE_TEST_CONTEXT: ___, ...inherited } = process.env;
  const child: ChildProcess = spawn(file, parameters, {
    cwd: options.cwd ?? process.cwd(),
    env: { ...inherited, NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  let isRunning = true;
  const ended = new Promise<number | string>((resolve) => {
    child.once("error", (error) => {
      text += `${error.message}\n`;
      isRunning = false;
      resolve(127);
    });
    child.once("close", (code, signal) => {
      isRunning = false;
      resolve(code ?? signal ?? -1);
    });
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM", graceMs = 20_000) => {
    if (isRunning) child.kill(signal);
    const hardStop = setTimeout(() => {
      child.kill("SIGKILL");
      // What it may have left behind holds its output open; the test is to fail, not to wait.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, graceMs);
    const result = await ended;
    clearTimeout(hardStop);
    return result;
  };
  const program: Program = {
    pid: child.pid ?? -1,
    output: () => text,
    ended,
    isRunning: () => isRunning,
    stop,
    prints: (pattern, patience) =>
      eventually(
        `${file} printing ${pattern}`,
        () => {
          const match = pattern.exec(text);
          if (match === null && !isRunning)
            throw new Hopeless(`${file} ended and had printed:\n${text}`);
          return match ?? undefined;
        },
        patience,
      ),
  };
  return program;
}
