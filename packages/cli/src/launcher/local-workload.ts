import type { ProxyAddress } from "../address/address-plan.ts";
import { acceptsTcp, waitFor } from "../process/probe.ts";
import type { Exit } from "../process/process-group.ts";
import { formatExit, SupervisedProcess } from "../process/supervised-process.ts";
import type { ProcessRecord, WorkloadRecord } from "../state/mesh-record.ts";
import { podFileName, removePod, writePod } from "../state/pod-file.ts";
import { APPLICATION_HOST, buildApplicationEnvironment } from "./application-environment.ts";
import type { LaunchContext } from "./launch-context.ts";
import { createSidecar, type Sidecar } from "./sidecar.ts";
import type { PlannedApp, PlannedPod } from "./workload-plan.ts";

const NO_PROCESS: ProcessRecord = { pid: undefined, state: "none", restarts: 0, log: "" };

/**
 * One instance of a workload: its sidecar, and once that has its configuration, its applications. The
 * Pod file tells the control plane about it, and says Ready only while all of them are.
 */
export class LocalWorkload {
  readonly planned: PlannedPod;
  readonly #place: ProxyAddress;
  readonly #appPorts: ReadonlyMap<number, number>;
  readonly #context: LaunchContext;
  /** `undefined`: the resources want none. */
  readonly #sidecar: Sidecar | undefined;
  readonly #apps: readonly SupervisedProcess[];
  #isLeaving = false;
  #toldReady: boolean | undefined;

  private constructor(
    planned: PlannedPod,
    place: ProxyAddress,
    appPorts: ReadonlyMap<number, number>,
    context: LaunchContext,
  ) {
    this.planned = planned;
    this.#place = place;
    this.#appPorts = appPorts;
    this.#context = context;
    const { pod, proxyKind } = planned;
    this.#sidecar =
      proxyKind === "none"
        ? undefined
        : createSidecar({ pod, place, proxyKind }, context, (process, exit) =>
            this.#changed(process, exit),
          );
    this.#apps = planned.apps.map((app, index) => this.#createApp(app, index));
  }

  /** Gives it a place and makes its files; starts nothing. */
  static async create(planned: PlannedPod, context: LaunchContext): Promise<LocalWorkload> {
    const place = await context.plan.allocate(planned.ports);
    const appPorts = new Map<number, number>();
    for (const port of planned.ports) {
      const isAlone = planned.proxyKind === "none";
      const own = isAlone ? place.bindPorts.get(port) : await context.findPort();
      appPorts.set(port, own ?? port);
    }
    return new LocalWorkload(planned, place, appPorts, context);
  }

  get isReady(): boolean {
    const isProxyReady = (this.#sidecar?.proxy.state ?? "ready") === "ready";
    return isProxyReady && this.#apps.every(({ state }) => state === "ready");
  }

  /** The sidecar first: an application must find its way out from its first call on. */
  start(): void {
    this.#tell();
    this.#sidecar?.agent?.start();
    this.#sidecar?.proxy.start();
    if (this.#sidecar === undefined) this.#startApps();
  }

  /** Nobody is sent here any more; what is in flight goes on. */
  leave(): void {
    this.#isLeaving = true;
    this.#tell();
  }

  /** The applications, then the sidecar: what an application says last still goes through the mesh. */
  async stopApps(deadlineMs: number): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.stop(deadlineMs)));
  }

  async stopProxy(deadlineMs: number): Promise<void> {
    const { state, plan } = this.#context;
    if (this.#sidecar !== undefined) {
      await this.#sidecar.proxy.stop(deadlineMs);
      await this.#sidecar.agent?.stop(deadlineMs);
      state.remove(this.#sidecar.bootstrapPath);
    }
    removePod(state, this.planned.pod);
    plan.release(this.#place);
  }

  /** Ends everything without any delay. */
  kill(): void {
    for (const process of [...this.#apps, this.#sidecar?.proxy, this.#sidecar?.agent])
      process?.kill();
  }

  record(): WorkloadRecord {
    const { pod, proxyKind } = this.planned;
    const { address, adminPort, outboundPort, prometheusPort, bindPorts } = this.#place;
    return {
      pod: pod.name,
      namespace: pod.namespace,
      workload: pod.workload,
      address,
      adminPort,
      outboundPort,
      prometheusPort,
      bindPorts: Object.fromEntries(bindPorts),
      appPorts: Object.fromEntries(this.#appPorts),
      isReady: this.isReady,
      proxyKind,
      proxy: this.#sidecar === undefined ? NO_PROCESS : recordProcess(this.#sidecar.proxy),
      apps: this.#apps.map(recordProcess),
    };
  }

  #createApp({ container, entry }: PlannedApp, index: number): SupervisedProcess {
    const { pod } = this.planned;
    const { state, programs, environment, clock } = this.#context;
    const ports = this.#portsOf(container.ports, index);
    const [program, ...parameters] = entry.command;
    const suffix = index === 0 ? "app" : `${container.name}.app`;
    return new SupervisedProcess(
      {
        name: pod.name,
        output: { logPath: state.log(`${podFileName(pod)}.${suffix}`) },
        prepare: () => ({
          command: program ?? "",
          parameters,
          folder: entry.folder,
          environment: buildApplicationEnvironment({
            inherited: environment.all,
            node: programs.node,
            pod,
            place: this.#place,
            company: this.#sidecar === undefined ? "alone" : "sidecar",
            ports,
            own: { ...container.environment, ...entry.environment },
          }),
        }),
        // Only a declared port is promised to answer.
        probe: async (signal) => {
          for (const declared of container.ports) {
            const port = ports.get(declared) ?? 0;
            await waitFor(() => acceptsTcp(this.#appHost, port), clock, signal);
          }
        },
      },
      { ...this.#context, onState: (process, exit) => this.#changed(process, exit) },
    );
  }

  /** Its declared ports; what only a Service knows of belongs to the first container. */
  #portsOf(declared: readonly number[], index: number): ReadonlyMap<number, number> {
    const all = new Set(this.planned.apps.flatMap(({ container }) => container.ports));
    const own = [...this.#appPorts].filter(
      ([port]) => declared.includes(port) || (index === 0 && !all.has(port)),
    );
    return new Map(own);
  }

  #changed(process: SupervisedProcess, exit?: Exit): void {
    const { log } = this.#context;
    if (process.state === "waiting" && exit !== undefined) {
      log.warn(`${process.name} ${formatExit(exit)}; it is started again, see ${process.logPath}`);
    } else if (process.state === "ready" && process.restarts > 0) {
      log.info(`${process.name} is back`);
    }
    if (process === this.#sidecar?.proxy && process.state === "ready") this.#startApps();
    this.#tell();
    this.#context.onChange();
  }

  get #appHost(): string {
    return this.#sidecar === undefined ? this.#place.address : APPLICATION_HOST;
  }

  #startApps(): void {
    if (this.#isLeaving) return;
    for (const app of this.#apps) if (app.state === "stopped") app.start();
  }

  #tell(): void {
    const isReady = this.isReady && !this.#isLeaving;
    if (isReady === this.#toldReady) return;
    this.#toldReady = isReady;
    const { address, bindPorts } = this.#place;
    writePod(this.#context.state, this.planned.pod, {
      address,
      isReady,
      ...(this.#sidecar !== undefined && { sidecar: { bindPorts, appPorts: this.#appPorts } }),
    });
  }
}

/** One process, for mesh.json and the summary. */
export function recordProcess(process: SupervisedProcess): ProcessRecord {
  const { pid, state, restarts, logPath } = process;
  return { pid, state, restarts, log: logPath ?? "" };
}
