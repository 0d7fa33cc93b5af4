import { MeshError, toError } from "@weft/core";
import type { LaunchContext } from "../launcher/launch-context.ts";
import type { Mesh, WantedMesh } from "../launcher/mesh.ts";
import { pause, waitFor } from "../process/probe.ts";
import type { UpView } from "../terminal/up-view.ts";
import { findBlockedDoors, findNewlyBlockedDoors } from "./door-check.ts";
import { visitFirstPage } from "./first-page.ts";
import { explainNoWork } from "./no-work.ts";
import type { UpOptions } from "./up-options.ts";
import { type ReadWants, WantedMeshReader } from "./wanted-mesh.ts";

/** Saving a file is felt at once, and looking at some dozens of files costs next to nothing. */
const WATCH_INTERVAL_MS = 250;

/** How long to wait for every proxy to know of every instance. */
const KNOWN_DEADLINE_MS = 5000;

/**
 * One run of `weft up`: brings the mesh up, says so, then follows the files until it is told to stop,
 * and ends everything in order.
 */
export class UpSession {
  readonly #options: UpOptions;
  readonly #mesh: Mesh;
  readonly #view: UpView;
  readonly #context: LaunchContext;
  readonly #stopped = new AbortController();
  /** Told already: a problem is news once, until it went away. */
  #known: ReadonlySet<string> = new Set();

  constructor(options: UpOptions, mesh: Mesh, view: UpView, context: LaunchContext) {
    this.#options = options;
    this.#mesh = mesh;
    this.#view = view;
    this.#context = context;
  }

  /** Ends the run; `run` settles when nothing is left. */
  stop(signal: NodeJS.Signals): void {
    if (this.#stopped.signal.aborted) return;
    this.#view.log.info(`${signal}: stopping; once more ends everything at once`);
    this.#stopped.abort(new Error(`stopped by ${signal}`));
  }

  /** Settles with the exit code. Throws `MeshError` or `ConfigError` when it cannot start. */
  async run(): Promise<number> {
    const reader = new WantedMeshReader(this.#options);
    let fingerprint = reader.fingerprint();
    const wants = reader.read();
    await this.#checkStart(wants);
    try {
      await this.#mesh.start();
      await this.#mesh.apply(wants.wanted);
      await this.#untilReady();
      while (!this.#stopped.signal.aborted) {
        await pause(WATCH_INTERVAL_MS, this.#context.clock, this.#stopped.signal);
        const current = reader.fingerprint();
        if (current === fingerprint || this.#stopped.signal.aborted) continue;
        fingerprint = current;
        await this.#follow(reader);
      }
    } finally {
      await this.#mesh.close();
    }
    this.#view.log.info("stopped; nothing is left running");
    return 0;
  }

  /** Fails before anything runs, with all reasons at once. */
  async #checkStart({ wanted, problems }: ReadWants): Promise<void> {
    const blocked = await findBlockedDoors(wanted.doors);
    const reasons = blocked.map(({ problem }) => problem);
    const hasWork = wanted.pods.length > 0 || wanted.doors.length > 0;
    if (!hasWork && problems.length === 0) {
      reasons.push(...(await explainNoWork(this.#options.resources)));
    }
    if (reasons.length > 0 || !hasWork) {
      throw new MeshError("cannot_start", [...problems, ...reasons].join("\nweft: "));
    }
    this.#tell(problems);
  }

  async #untilReady(): Promise<void> {
    const { clock, state } = this.#context;
    const { signal } = this.#stopped;
    try {
      await waitFor(async () => this.#mesh.isReady, clock, signal);
    } catch {
      return;
    }
    await this.#untilKnown();
    const door = this.#mesh.doors.find(({ isPage }) => isPage);
    const hasPage = door !== undefined && (await visitFirstPage(door.url, clock, signal));
    if (signal.aborted) return;
    // The clock of a process starts with the process.
    this.#mesh.readyAfterMs = clock.nowMs();
    const { resources } = this.#options;
    this.#view.showReady(this.#mesh.record(), { resources, logs: state.logs, hasPage });
    if (door !== undefined && !hasPage) {
      this.#view.log.warn(`${door.url} does not answer with a good page`);
    }
  }

  /** A proxy that refuses what it is sent never gets there, and has a problem line of its own. */
  async #untilKnown(): Promise<void> {
    const { clock } = this.#context;
    const late = new AbortController();
    const timer = clock.schedule(KNOWN_DEADLINE_MS, () => late.abort());
    const given = AbortSignal.any([late.signal, this.#stopped.signal]);
    await waitFor(() => this.#mesh.isKnown(), clock, given).catch(() => {});
    timer.cancel();
  }

  /** Brings what runs in line with the files as they are now; what is broken stays as it was. */
  async #follow(reader: WantedMeshReader): Promise<void> {
    try {
      const { wanted, problems } = reader.read();
      const known = new Set(this.#mesh.doors.map(({ port }) => port));
      const news = wanted.doors.filter(({ port }) => !known.has(port));
      const blocked = findNewlyBlockedDoors(news, this.#mesh.gatewayPid);
      this.#tell([...problems, ...blocked.map(({ problem }) => problem)]);
      const doors = wanted.doors.filter((door) => !blocked.some((one) => one.door === door));
      await this.#mesh.apply({ ...wanted, doors } satisfies WantedMesh);
    } catch (error) {
      this.#view.log.error(`${toError(error).message}; what runs stays as it is`);
    }
  }

  #tell(problems: readonly string[]): void {
    for (const problem of problems) {
      if (!this.#known.has(problem)) this.#view.log.warn(problem);
    }
    this.#known = new Set(problems);
  }
}
