import { type BackoffConfig, backoffMs, type Clock, type Random, type Timer } from "@weft/core";
import type { Exit, Launch, Output } from "./process-group.ts";

/**
 * - `stopped`: not started yet, or ended for good.
 * - `starting`: it runs and its probe has not said yes. Left by the probe, or by its end.
 * - `ready`: its probe said yes.
 * - `waiting`: it ended by itself and starts again after a back-off.
 */
export type ProcessState = "stopped" | "starting" | "ready" | "waiting";

/** A running program, as the supervisor sees it. */
export interface RunningProcess {
  readonly pid: number | undefined;
  readonly exited: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
  stop(deadlineMs: number): Promise<Exit>;
}

/** What to keep running. */
export interface SupervisedProcessConfig {
  readonly name: string;
  readonly output: Output;
  /** Called before each start: a sidecar needs a fresh token each time. */
  readonly prepare: () => Launch;
  /** Settles when the program is ready; rejects once `signal` is aborted. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
}

/** What the supervisor needs from outside. */
export interface SupervisedProcessDependencies {
  readonly spawn: (launch: Launch, output: Output) => RunningProcess;
  readonly clock: Clock;
  readonly random: Random;
  readonly onState: (process: SupervisedProcess, exit?: Exit) => void;
}

const BACKOFF: BackoffConfig = { baseMs: 500, maxMs: 15_000 };

/** Who has been up for so long starts again at the shortest back-off. */
const STEADY_AFTER_MS = 30_000;

/** Starts a program, watches it, and starts it again after a jittered back-off when it ends. */
export class SupervisedProcess {
  readonly name: string;
  readonly logPath: string | undefined;
  state: ProcessState = "stopped";
  restarts = 0;
  readonly #config: SupervisedProcessConfig;
  readonly #dependencies: SupervisedProcessDependencies;
  #running: RunningProcess | undefined;
  #probe: AbortController | undefined;
  #timer: Timer | undefined;
  #isStopping = false;
  #failureCount = 0;

  constructor(config: SupervisedProcessConfig, dependencies: SupervisedProcessDependencies) {
    this.name = config.name;
    this.logPath = config.output.logPath;
    this.#config = config;
    this.#dependencies = dependencies;
  }

  get pid(): number | undefined {
    return this.#running?.pid;
  }

  /** Starts it; `onState` tells the rest. */
  start(): void {
    if (this.#running !== undefined || this.#isStopping) return;
    const { spawn, clock } = this.#dependencies;
    const startedAtMs = clock.nowMs();
    const running = spawn(this.#config.prepare(), this.#config.output);
    const probe = new AbortController();
    this.#running = running;
    this.#probe = probe;
    this.#enter("starting");
    void this.#config.probe(probe.signal).then(
      () => {
        if (!probe.signal.aborted) this.#enter("ready");
      },
      // Aborted: the program ended before it was ready, and its end has been told.
      () => {},
    );
    void running.exited.then((exit) => this.#ended(exit, clock.nowMs() - startedAtMs));
  }

  /** Ends it for good: SIGTERM, and SIGKILL after `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    this.#isStopping = true;
    this.#timer?.cancel();
    await this.#running?.stop(deadlineMs);
    if (this.state !== "stopped") this.#enter("stopped");
  }

  /** Ends it, and starts it again at once, as if it had crashed for the first time. */
  restart(): void {
    this.#failureCount = 0;
    this.#running?.signal("SIGTERM");
  }

  /** Ends it without any delay. */
  kill(): void {
    this.#isStopping = true;
    this.#timer?.cancel();
    this.#running?.signal("SIGKILL");
  }

  #ended(exit: Exit, upMs: number): void {
    this.#probe?.abort(new Error(`${this.name} ended`));
    this.#running = undefined;
    if (this.#isStopping) {
      this.#enter("stopped", exit);
      return;
    }
    if (upMs > STEADY_AFTER_MS) this.#failureCount = 0;
    this.#failureCount++;
    const { clock, random } = this.#dependencies;
    const delayMs = backoffMs(BACKOFF, this.#failureCount, random);
    this.#timer = clock.schedule(delayMs, () => {
      this.restarts++;
      this.start();
    });
    this.#enter("waiting", exit);
  }

  #enter(state: ProcessState, exit?: Exit): void {
    this.state = state;
    this.#dependencies.onState(this, exit);
  }
}

/** `exited with code 1`, `was ended by SIGKILL`, `cannot be started: …`. */
export function formatExit({ code, signal, error }: Exit): string {
  if (error !== undefined) return `cannot be started: ${error.message}`;
  return signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
}
