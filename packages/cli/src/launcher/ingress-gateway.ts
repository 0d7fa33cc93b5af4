import type { ProxyAddress } from "../address/address-plan.ts";
import type { Exit } from "../process/process-group.ts";
import { formatExit, type SupervisedProcess } from "../process/supervised-process.ts";
import type { WorkloadRecord } from "../state/mesh-record.ts";
import { type PodFacts, removePod, writePod } from "../state/pod-file.ts";
import { GATEWAY_ADDRESS, type GatewayDoor, INGRESS_LABELS } from "./gateway-plan.ts";
import type { LaunchContext } from "./launch-context.ts";
import { recordProcess } from "./local-workload.ts";
import { createSidecar, type Sidecar } from "./sidecar.ts";

const POD: PodFacts = {
  name: "istio-ingressgateway-0",
  namespace: "istio-system",
  labels: INGRESS_LABELS,
  annotations: {},
  serviceAccount: "istio-ingressgateway-service-account",
  workload: "istio-ingressgateway",
  containers: [{ name: "istio-proxy", image: "weft.dev/proxy", ports: [] }],
};

/** The proxy at the mesh's door, for Gateways that select `istio: ingressgateway`. */
export class IngressGateway {
  doors: readonly GatewayDoor[];
  /** Server port → port to open, as the proxy was told when it started. */
  readonly #portMap: ReadonlyMap<number, number>;
  readonly #place: ProxyAddress;
  readonly #context: LaunchContext;
  readonly #sidecar: Sidecar;

  private constructor(doors: readonly GatewayDoor[], place: ProxyAddress, context: LaunchContext) {
    this.doors = doors;
    this.#place = place;
    this.#context = context;
    this.#portMap = new Map(doors.map(({ serverPort, port }) => [serverPort, port]));
    const gateway = { bindAddress: GATEWAY_ADDRESS, portMap: this.#portMap };
    this.#sidecar = createSidecar(
      { pod: POD, place, proxyKind: "weft", gateway },
      context,
      (process, exit) => this.#changed(process, exit),
    );
  }

  static async create(
    doors: readonly GatewayDoor[],
    context: LaunchContext,
  ): Promise<IngressGateway> {
    return new IngressGateway(doors, await context.plan.allocate([]), context);
  }

  get isReady(): boolean {
    return this.#sidecar.proxy.state === "ready";
  }

  get pid(): number | undefined {
    return this.#sidecar.proxy.pid;
  }

  /**
   * Takes other doors without a restart; false when one of them opens at another port than the proxy
   * knows, which is told only at its start.
   */
  accept(doors: readonly GatewayDoor[]): boolean {
    const isKnown = doors.every(
      ({ serverPort, port }) => (this.#portMap.get(serverPort) ?? serverPort) === port,
    );
    if (isKnown) this.doors = doors;
    return isKnown;
  }

  start(): void {
    this.#tell(false);
    this.#sidecar.proxy.start();
  }

  /** Drains: takes no new connections, finishes what is in flight. */
  async stop(deadlineMs: number): Promise<void> {
    const { state, plan } = this.#context;
    await this.#sidecar.proxy.stop(deadlineMs);
    state.remove(this.#sidecar.bootstrapPath);
    removePod(state, POD);
    plan.release(this.#place);
  }

  kill(): void {
    this.#sidecar.proxy.kill();
  }

  record(): WorkloadRecord {
    const { address, adminPort, outboundPort, prometheusPort } = this.#place;
    return {
      pod: POD.name,
      namespace: POD.namespace,
      workload: POD.workload,
      address,
      adminPort,
      outboundPort,
      prometheusPort,
      bindPorts: Object.fromEntries(this.doors.map(({ serverPort, port }) => [serverPort, port])),
      appPorts: {},
      isReady: this.isReady,
      proxyKind: "weft",
      proxy: recordProcess(this.#sidecar.proxy),
      apps: [],
    };
  }

  #changed(process: SupervisedProcess, exit?: Exit): void {
    const { log, onChange } = this.#context;
    if (process.state === "waiting" && exit !== undefined) {
      log.warn(`${process.name} ${formatExit(exit)}; it is started again, see ${process.logPath}`);
    } else if (process.state === "ready" && process.restarts > 0) {
      log.info(`${process.name} is back`);
    }
    this.#tell(process.state === "ready");
    onChange();
  }

  #tell(isReady: boolean): void {
    const none = new Map<number, number>();
    const { address } = this.#place;
    const status = { address, isReady, sidecar: { appPorts: none, bindPorts: none } };
    writePod(this.#context.state, POD, status);
  }
}
