import { resolve } from "node:path";
import { MeshError } from "@weft/core";
import { pause, waitFor } from "../process/probe.ts";
import type { SupervisedProcess } from "../process/supervised-process.ts";
import { type MeshRecord, writeMeshRecord } from "../state/mesh-record.ts";
import {
  type ControlPlaneOptions,
  createControlPlane,
  problemIn,
} from "./control-plane-process.ts";
import type { GatewayDoor } from "./gateway-plan.ts";
import { IngressGateway } from "./ingress-gateway.ts";
import type { LaunchContext } from "./launch-context.ts";
import { LocalWorkload, recordProcess } from "./local-workload.ts";
import { knowsAll, readSyncPage } from "./sync-page.ts";
import type { PlannedPod } from "./workload-plan.ts";

/** What should run. */
export interface WantedMesh {
  readonly pods: readonly PlannedPod[];
  /** `namespace/name` of Deployments whose instances stay as they are. */
  readonly kept: ReadonlySet<string>;
  readonly doors: readonly GatewayDoor[];
}

const START_DEADLINE_MS = 30_000;
/** When the whole mesh ends, for whoever pressed Ctrl-C: who takes longer is ended. */
const STOP_MS = { gateway: 6000, app: 4000, proxy: 6000, controlPlane: 2000 } as const;

/**
 * When one instance goes and the rest serves on: an application gets what Kubernetes gives it, and a
 * proxy a little more than it drains at most. Both end as soon as nothing is in flight.
 */
const RETIRE_MS = { app: 30_000, proxy: 50_000 } as const;

/** A pod that goes leaves its callers' endpoint lists first: the control plane needs a moment for it. */
const LEAVE_MS = 700;

/**
 * The processes of one mesh: the control plane first, then the gateway and the workloads that
 * `apply` is told of, again and again while files change; `close` ends them in the right order.
 */
export class Mesh {
  readonly #context: LaunchContext;
  readonly #onChange: () => void;
  readonly #options: ControlPlaneOptions;
  readonly #controlPlane: SupervisedProcess;
  readonly #workloads = new Map<string, LocalWorkload>();
  readonly #lastLines: string[] = [];
  #gateway: IngressGateway | undefined;
  #isClosing = false;
  #readyAfterMs: number | undefined;

  constructor(options: ControlPlaneOptions, context: LaunchContext) {
    this.#onChange = context.onChange;
    this.#context = { ...context, onChange: () => this.#changed() };
    this.#options = options;
    this.#controlPlane = createControlPlane(options, this.#context, (line) => this.#heard(line));
  }

  /** Starts the control plane and settles once it is ready to serve. */
  async start(): Promise<void> {
    this.#controlPlane.start();
    const { clock } = this.#context;
    const deadline = new AbortController();
    const timer = clock.schedule(START_DEADLINE_MS, () => deadline.abort());
    const isSettled = async () => this.#controlPlane.state === "ready" || this.#hasFailed();
    await waitFor(isSettled, clock, deadline.signal).catch(() => {});
    timer.cancel();
    if (this.#controlPlane.state === "ready" || this.#isClosing) return;
    const lines = this.#lastLines.map((line) => `\n  ${line}`).join("");
    const log = this.#controlPlane.logPath;
    throw new MeshError("no_control_plane", `the control plane does not start; see ${log}${lines}`);
  }

  /** Starts what is wanted and missing, stops what runs and is not wanted any more. */
  async apply(wanted: WantedMesh): Promise<void> {
    if (this.#isClosing) return;
    const byKey = new Map(wanted.pods.map((planned) => [keyOf(planned), planned]));
    const leaving = [...this.#workloads].filter(([key, { planned }]) => {
      const { namespace, workload } = planned.pod;
      if (wanted.kept.has(`${namespace}/${workload}`)) return false;
      const next = byKey.get(key);
      return next === undefined || JSON.stringify(next) !== JSON.stringify(planned);
    });
    await Promise.all(leaving.map(([key, workload]) => this.#retire(key, workload)));
    await this.#applyGateway(wanted.doors);
    for (const [key, planned] of byKey) {
      if (this.#isClosing || this.#workloads.has(key)) continue;
      const workload = await LocalWorkload.create(planned, this.#context);
      this.#workloads.set(key, workload);
      workload.start();
    }
    this.#changed();
  }

  get isReady(): boolean {
    const isGatewayReady = this.#gateway?.isReady ?? true;
    return isGatewayReady && [...this.#workloads.values()].every(({ isReady }) => isReady);
  }

  /**
   * Ready, and every proxy knows of every instance. An old control plane that cannot tell is believed.
   */
  async isKnown(): Promise<boolean> {
    if (!this.isReady) return false;
    const { address, httpPort } = this.#context.plan.controlPlane;
    const page = await readSyncPage(address, httpPort);
    return page === undefined || knowsAll(page, [...this.#workloads.keys()]);
  }

  /** From the start of the program to the first page; told once. */
  set readyAfterMs(value: number) {
    this.#readyAfterMs = value;
    this.#changed();
  }

  get doors(): readonly GatewayDoor[] {
    return this.#gateway?.doors ?? [];
  }

  get gatewayPid(): number | undefined {
    return this.#gateway?.pid;
  }

  record(): MeshRecord {
    const { plan } = this.#context;
    return {
      pid: process.pid,
      state: this.#isClosing ? "stopping" : this.isReady ? "ready" : "starting",
      block: plan.block,
      controlPlane: { ...recordProcess(this.#controlPlane), ...plan.controlPlane },
      gateways: this.#gateway === undefined ? [] : [this.#gateway.record()],
      workloads: [...this.#workloads.values()].map((workload) => workload.record()),
      urls: this.doors.map(({ url }) => url),
      resources: this.#options.resources.map((path) => resolve(path)),
      ...(this.#readyAfterMs !== undefined && { readyAfterMs: this.#readyAfterMs }),
    };
  }

  /** From the door inwards, so that nobody calls what has gone; settles when nothing is left. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const workloads = [...this.#workloads.values()];
    await this.#gateway?.stop(STOP_MS.gateway);
    await Promise.all(workloads.map((workload) => workload.stopApps(STOP_MS.app)));
    await Promise.all(workloads.map((workload) => workload.stopProxy(STOP_MS.proxy)));
    await this.#controlPlane.stop(STOP_MS.controlPlane);
  }

  /** Ends everything without any delay. */
  kill(): void {
    this.#isClosing = true;
    this.#gateway?.kill();
    for (const workload of this.#workloads.values()) workload.kill();
    this.#controlPlane.kill();
  }

  async #retire(key: string, workload: LocalWorkload): Promise<void> {
    workload.leave();
    await pause(LEAVE_MS, this.#context.clock);
    await workload.stopApps(RETIRE_MS.app);
    await workload.stopProxy(RETIRE_MS.proxy);
    this.#workloads.delete(key);
    this.#changed();
  }

  async #applyGateway(doors: readonly GatewayDoor[]): Promise<void> {
    const current = this.#gateway;
    if (current !== undefined && doors.length > 0 && current.accept(doors)) return;
    this.#gateway = undefined;
    await current?.stop(STOP_MS.gateway);
    if (doors.length === 0 || this.#isClosing) return;
    this.#gateway = await IngressGateway.create(doors, this.#context);
    this.#gateway.start();
  }

  #heard(line: string): void {
    const problem = problemIn(line);
    if (problem !== undefined) this.#context.log.warn(problem);
    this.#lastLines.push(line);
    if (this.#lastLines.length > 3) this.#lastLines.shift();
  }

  /** Twice in a row at the very start is not bad luck. */
  #hasFailed(): boolean {
    return this.#isClosing || this.#controlPlane.restarts >= 2;
  }

  #changed(): void {
    if (!this.#isClosing) writeMeshRecord(this.#context.state, this.record());
    this.#onChange();
  }
}

function keyOf({ pod }: PlannedPod): string {
  return `${pod.namespace}/${pod.name}`;
}
