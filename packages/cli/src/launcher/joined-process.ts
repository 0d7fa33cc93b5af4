import { MeshError } from "@weft/core";
import type { ProxyAddress } from "../address/address-plan.ts";
import { acceptsTcp, waitFor } from "../process/probe.ts";
import type { Exit } from "../process/process-group.ts";
import { formatExit, type RunningProcess } from "../process/supervised-process.ts";
import { removePod, writePod } from "../state/pod-file.ts";
import { APPLICATION_HOST, buildApplicationEnvironment } from "./application-environment.ts";
import type { JoinedPod } from "./joined-pod.ts";
import type { LaunchContext } from "./launch-context.ts";
import { createSidecar, type Sidecar } from "./sidecar.ts";

/** The program that `weft run` was given. */
export interface JoinedProgram {
  readonly command: readonly string[];
  /** Where it listens; `undefined`: on a port that it is told. */
  readonly port: number | undefined;
}

const SIDECAR_DEADLINE_MS = 30_000;
const STOP_PROXY_MS = 3000;

/** One process with its own sidecar, in a mesh that somebody else runs. It is started once only. */
export class JoinedProcess {
  readonly #joined: JoinedPod;
  readonly #command: readonly string[];
  readonly #place: ProxyAddress;
  readonly #appPorts: ReadonlyMap<number, number>;
  readonly #context: LaunchContext;
  readonly #sidecar: Sidecar;
  readonly #ended = new AbortController();
  #app: RunningProcess | undefined;

  private constructor(
    joined: JoinedPod,
    command: readonly string[],
    place: ProxyAddress,
    appPorts: ReadonlyMap<number, number>,
    context: LaunchContext,
  ) {
    this.#joined = joined;
    this.#command = command;
    this.#place = place;
    this.#appPorts = appPorts;
    this.#context = context;
    const facts = { pod: joined.pod, place, proxyKind: "weft" } as const;
    this.#sidecar = createSidecar(facts, context, (process, exit) => {
      if (process.state !== "waiting" || exit === undefined) return;
      context.log.warn(
        `the sidecar ${formatExit(exit)}; it is started again, see ${process.logPath}`,
      );
    });
  }

  static async create(
    joined: JoinedPod,
    { command, port }: JoinedProgram,
    context: LaunchContext,
  ): Promise<JoinedProcess> {
    const place = await context.plan.allocate(joined.ports);
    const appPorts = new Map<number, number>();
    for (const [index, from] of joined.ports.entries()) {
      const given = index === 0 ? port : undefined;
      appPorts.set(from, given ?? (await context.findPort()));
    }
    return new JoinedProcess(joined, command, place, appPorts, context);
  }

  /** Passes a signal on to the program; before it runs, ends the attempt. */
  signal(signal: NodeJS.Signals): void {
    if (this.#app === undefined) this.#ended.abort(new Error(signal));
    else this.#app.signal(signal);
  }

  /** Settles with the program's end, everything cleaned up. */
  async run(): Promise<Exit> {
    const { state } = this.#context;
    try {
      this.#tell(false);
      this.#sidecar.proxy.start();
      await this.#untilSidecarIsReady();
      if (this.#ended.signal.aborted) return { code: null, signal: "SIGTERM" };
      const [program = "", ...parameters] = this.#command;
      const environment = this.#environment();
      const app = this.#context.spawn({ command: program, parameters, environment }, {});
      this.#app = app;
      void this.#untilAppListens().then(
        () => this.#tell(true),
        // It ended before it listened; that is told by its exit code.
        () => {},
      );
      const exit = await app.exited;
      if (exit.error !== undefined) this.#context.log.error(`${program} ${formatExit(exit)}`);
      return exit;
    } finally {
      this.#ended.abort(new Error("ended"));
      removePod(state, this.#joined.pod);
      await this.#sidecar.proxy.stop(STOP_PROXY_MS);
      state.remove(this.#sidecar.bootstrapPath);
    }
  }

  async #untilSidecarIsReady(): Promise<void> {
    const { clock } = this.#context;
    const late = new AbortController();
    const timer = clock.schedule(SIDECAR_DEADLINE_MS, () => late.abort());
    const { proxy } = this.#sidecar;
    const signal = AbortSignal.any([late.signal, this.#ended.signal]);
    await waitFor(async () => proxy.state === "ready", clock, signal).catch(() => {});
    timer.cancel();
    if (late.signal.aborted) {
      throw new MeshError("no_sidecar", `the sidecar is not ready in time; see ${proxy.logPath}`);
    }
  }

  async #untilAppListens(): Promise<void> {
    const [port] = this.#appPorts.values();
    if (port === undefined) return;
    const { signal } = this.#ended;
    await waitFor(() => acceptsTcp(APPLICATION_HOST, port), this.#context.clock, signal);
  }

  #environment() {
    const { environment, programs } = this.#context;
    const inherited = environment.all;
    return buildApplicationEnvironment({
      inherited,
      node: programs.node,
      pod: this.#joined.pod,
      place: this.#place,
      company: "sidecar",
      ports: this.#appPorts,
      own: {},
    });
  }

  #tell(isReady: boolean): void {
    const { address, bindPorts } = this.#place;
    const sidecar = { bindPorts, appPorts: this.#appPorts };
    const status = { address, isReady, sidecar };
    writePod(this.#context.state, this.#joined.pod, status);
  }
}
