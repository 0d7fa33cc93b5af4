/**
 * One cluster at work: endpoints come in through `applyAssignment`, requests through `openStream`,
 * and results of requests through `reportResult`.
 *
 *   endpoints ─► hosts (kept by address) ─► host set (immutable) ─► pick ─► pool of that host
 *                    ▲                          ▲
 *   results ─► outlier detection ───────────────┘
 */
import type { Duplex } from "node:stream";
import type { RequestHead } from "../codec/codec.ts";
import type { FilterMetadata } from "../config/metadata.ts";
import { OutlierDetector } from "../outlier/outlier-detector.ts";
import type { UpstreamTransport } from "../upstream/connect.ts";
import { parseHostPort } from "../upstream/upstream-address.ts";
import { type CircuitBreaker, createCircuitBreaker } from "./circuit-breaker.ts";
import type {
  Cluster,
  LoadBalancingContext,
  PendingStream,
  PoolFailure,
  RequestResult,
  StreamOpener,
} from "./cluster.ts";
import type { ClusterConfig } from "./cluster-config.ts";
import { type ClusterStats, createClusterStats } from "./cluster-stats.ts";
import { type ClusterDependencies, HostConnections } from "./host-connections.ts";
import { buildHostSet, type HostSet } from "./host-set.ts";
import { type LoadAssignment, NO_ASSIGNMENT } from "./load-assignment.ts";
import { type EndpointConfig, UpstreamHost } from "./upstream-host.ts";

/** The transport sockets of a cluster. */
export interface TransportMatcher {
  /** Chooses one by the endpoint's metadata. */
  match(endpoint: EndpointConfig): UpstreamTransport;
  /** Stops following secrets. */
  close(): void;
}

const NO_HEALTHY_HOST: PoolFailure = { kind: "no-healthy-host", flag: "UH" };
const NOTHING_PENDING: PendingStream = { cancel() {} };

/** A cluster. Close it when it leaves the configuration. */
export class UpstreamCluster implements Cluster {
  readonly config: ClusterConfig;
  readonly breaker: CircuitBreaker;
  readonly #transports: TransportMatcher;
  readonly #dependencies: ClusterDependencies;
  readonly #stats: ClusterStats;
  readonly #connections: HostConnections;
  readonly #outlier: OutlierDetector<UpstreamHost> | undefined;
  #hosts: ReadonlyMap<string, UpstreamHost> = new Map();
  #overprovisioningPercent = NO_ASSIGNMENT.overprovisioningPercent;
  #hostSet: HostSet;

  constructor(
    config: ClusterConfig,
    transports: TransportMatcher,
    dependencies: ClusterDependencies,
  ) {
    this.config = config;
    this.#transports = transports;
    this.#dependencies = dependencies;
    this.breaker = createCircuitBreaker(config.circuitBreakers);
    this.#stats = createClusterStats(dependencies.stats, config.name);
    this.#connections = new HostConnections(config, dependencies, this.breaker, this.#stats);
    this.#hostSet = this.#buildHostSet([]);
    if (config.outlierDetection !== undefined) {
      this.#outlier = new OutlierDetector(config.outlierDetection, dependencies.clock, {
        onHostsChanged: () => this.#rebuildHostSet(),
        onOverflow: () => this.#stats.ejectionsOverflow.add(1),
        onEjected: () => this.#stats.ejectionsTotal.add(1),
      });
    }
  }

  get name(): string {
    return this.config.name;
  }

  get metadata(): FilterMetadata {
    return this.config.metadata;
  }

  get connectTimeoutMs(): number {
    return this.config.connectTimeoutMs;
  }

  get hosts(): readonly UpstreamHost[] {
    return this.#hostSet.hosts;
  }

  /** Replaces the endpoints: known addresses keep their host, hosts that are gone drain. */
  applyAssignment({ endpoints, overprovisioningPercent }: LoadAssignment): void {
    this.#overprovisioningPercent = overprovisioningPercent;
    const hosts = new Map<string, UpstreamHost>();
    for (const endpoint of endpoints) {
      const transport = this.#transports.match(endpoint);
      const fresh = new UpstreamHost(endpoint, transport);
      // Two names may resolve to one address; the first one's weight and metadata count.
      if (hosts.has(fresh.address)) continue;
      const known = this.#hosts.get(fresh.address);
      known?.applyConfig(endpoint, transport);
      hosts.set(fresh.address, known ?? fresh);
    }
    const removed = [...this.#hosts.values()].filter((host) => !hosts.has(host.address));
    this.#hosts = hosts;
    this.#outlier?.applyHosts([...hosts.values()]);
    this.#rebuildHostSet();
    for (const host of removed) host.drain();
  }

  openStream(
    request: RequestHead,
    endStream: boolean,
    context: LoadBalancingContext,
    opener: StreamOpener,
  ): PendingStream {
    const host = this.#pickHost(context);
    if (host === undefined) {
      this.#stats.noneHealthy.add(1);
      opener.onPoolFailure(NO_HEALTHY_HOST);
      return NOTHING_PENDING;
    }
    const pool = this.#connections.poolFor(host, request, context);
    return pool.openStream(request, endStream, opener);
  }

  openConnection(
    context: LoadBalancingContext,
    done: (result: { readonly socket: Duplex; readonly host: UpstreamHost } | PoolFailure) => void,
  ): PendingStream {
    const host = this.#pickHost(context);
    if (host === undefined) {
      this.#stats.noneHealthy.add(1);
      done(NO_HEALTHY_HOST);
      return NOTHING_PENDING;
    }
    return this.#connections.connect(host, context, done);
  }

  reportResult(host: UpstreamHost, result: RequestResult): void {
    const status = typeof result === "number" ? result : undefined;
    if (result === "local-failure" || (status ?? 0) >= 500) host.failedRequests += 1;
    if (status !== undefined) this.#stats.responses[Math.floor(status / 100)]?.add(1);
    this.#outlier?.report(host, result);
  }

  tryRetry(): boolean {
    const mayRetry = this.breaker.retries.tryTake();
    if (!mayRetry) this.#stats.retryOverflow.add(1);
    return mayRetry;
  }

  endRetry(): void {
    this.breaker.retries.release();
  }

  /** Drains every connection: requests in flight end, nothing new begins. */
  close(): void {
    this.#outlier?.close();
    this.#transports.close();
    for (const host of this.#hosts.values()) host.drain();
  }

  destroy(): void {
    this.close();
    for (const host of this.#hosts.values()) host.destroy();
  }

  #pickHost(context: LoadBalancingContext): UpstreamHost | undefined {
    if (this.config.discovery.kind === "original-destination")
      return this.#originalDestinationHost(context);
    if (this.#hostSet.isInPanic) this.#stats.healthyPanic.add(1);
    return this.#hostSet.pick(context);
  }

  /** Hosts of such a cluster come into being when they are asked for. */
  #originalDestinationHost(context: LoadBalancingContext): UpstreamHost | undefined {
    const { discovery } = this.config;
    const parsed = parseHostPort(context.originalDestination ?? "");
    if (parsed?.kind !== "socket" || discovery.kind !== "original-destination") return undefined;
    const address = { ...parsed, port: discovery.portOverride ?? parsed.port };
    const endpoint: EndpointConfig = {
      address,
      hostname: "",
      weight: 1,
      priority: 0,
      locality: { name: "", weight: 0 },
      metadata: {},
      isHealthy: true,
    };
    const fresh = new UpstreamHost(endpoint, this.#transports.match(endpoint));
    const known = this.#hosts.get(fresh.address);
    if (known !== undefined) return known;
    this.#hosts = new Map(this.#hosts).set(fresh.address, fresh);
    this.#outlier?.applyHosts([...this.#hosts.values()]);
    this.#rebuildHostSet();
    return fresh;
  }

  /** Forgets hosts that an original destination made and that nobody uses now. */
  removeUnusedHosts(): void {
    const used = [...this.#hosts].filter(
      ([, host]) => host.activeRequests > 0 || host.activeConnections > 0,
    );
    if (used.length === this.#hosts.size) return;
    this.#hosts = new Map(used);
    this.#outlier?.applyHosts([...this.#hosts.values()]);
    this.#rebuildHostSet();
  }

  #buildHostSet(hosts: readonly UpstreamHost[]): HostSet {
    const { policy, panicThresholdPercent } = this.config;
    const overprovisioningPercent = this.#overprovisioningPercent;
    return buildHostSet(
      hosts,
      { policy, panicThresholdPercent, overprovisioningPercent },
      this.#dependencies.random,
    );
  }

  #rebuildHostSet(): void {
    const hosts = [...this.#hosts.values()];
    this.#hostSet = this.#buildHostSet(hosts);
    this.#stats.membershipTotal.set(hosts.length);
    this.#stats.membershipHealthy.set(this.#hostSet.healthyCount);
    this.#stats.ejectionsActive.set(
      hosts.filter(({ ejectedUntilMs }) => ejectedUntilMs !== undefined).length,
    );
  }
}
