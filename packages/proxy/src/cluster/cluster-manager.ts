import type { Cluster as ClusterMessage } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { ClusterLoadAssignment } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import type { Timer } from "@weft/core";
import type { ClusterManager } from "./cluster.ts";
import { parseClusterConfig } from "./cluster-config.ts";
import { type DnsDependencies, DnsDiscovery } from "./dns-discovery.ts";
import type { ClusterDependencies } from "./host-connections.ts";
import { type LoadAssignment, NO_ASSIGNMENT, parseLoadAssignment } from "./load-assignment.ts";
import { buildTransportMatcher, type TransportBuilder } from "./transport-matcher.ts";
import { UpstreamCluster } from "./upstream-cluster.ts";

/** What the manager needs besides what each cluster needs. */
export interface ClusterManagerDependencies extends ClusterDependencies, DnsDependencies {
  readonly buildTransport: TransportBuilder;
  /** The set of warming clusters, or of EDS names, may have changed. */
  readonly onChange: () => void;
}

interface Entry {
  readonly cluster: UpstreamCluster;
  readonly message: ClusterMessage;
  readonly isStatic: boolean;
  readonly discovery: { close(): void } | undefined;
}

/**
 * All clusters by name. A new or changed cluster warms (waits for its first endpoints) out of sight
 * while the one of that name before it goes on; then it takes its place and the old one drains.
 */
export class Clusters implements ClusterManager {
  readonly #dependencies: ClusterManagerDependencies;
  readonly #active = new Map<string, Entry>();
  readonly #warming = new Map<string, Entry>();
  /** The last assignment of each EDS name; an update of a cluster need not wait for it again. */
  readonly #assignments = new Map<string, LoadAssignment>();

  constructor(dependencies: ClusterManagerDependencies) {
    this.#dependencies = dependencies;
  }

  cluster(name: string): UpstreamCluster | undefined {
    return this.#active.get(name)?.cluster;
  }

  /** Clusters that serve, for the admin pages. */
  all(): readonly { readonly cluster: UpstreamCluster; readonly message: ClusterMessage }[] {
    return [...this.#active.values()];
  }

  /** The messages of clusters as configured, warming ones included. */
  messages(kind: "static" | "dynamic" | "warming"): readonly ClusterMessage[] {
    const entries = kind === "warming" ? this.#warming : this.#active;
    return [...entries.values()]
      .filter(({ isStatic }) => kind === "warming" || isStatic === (kind === "static"))
      .map(({ message }) => message);
  }

  get warmingCount(): number {
    return this.#warming.size;
  }

  isWarming(name: string): boolean {
    return this.#warming.has(name);
  }

  /** Names to ask EDS for. */
  edsNames(): readonly string[] {
    const names = new Set<string>();
    for (const { cluster } of [...this.#active.values(), ...this.#warming.values()]) {
      const { discovery } = cluster.config;
      if (discovery.kind === "eds") names.add(discovery.serviceName);
    }
    return [...names];
  }

  /** Adds or changes a cluster. Throws `ConfigError`, and then changes nothing. */
  applyCluster(message: ClusterMessage, options?: { readonly isStatic: boolean }): void {
    const config = parseClusterConfig(message);
    const isStatic = options?.isStatic ?? false;
    // As in Envoy, what the bootstrap defines cannot be changed from outside.
    if (!isStatic && this.#active.get(config.name)?.isStatic === true) return;
    const transports = buildTransportMatcher(message, this.#dependencies.buildTransport);
    const cluster = new UpstreamCluster(config, transports, this.#dependencies);
    this.#discard(this.#warming, config.name);
    const entry = { cluster, message, isStatic, discovery: this.#discover(cluster) };
    this.#warming.set(config.name, entry);
    this.#fill(entry);
  }

  removeCluster(name: string): void {
    if (this.#active.get(name)?.isStatic === true) return;
    this.#discard(this.#warming, name);
    this.#discard(this.#active, name);
  }

  /** New endpoints of an EDS name. Throws `ConfigError`, and then changes nothing. */
  applyLoadAssignment(name: string, message: ClusterLoadAssignment): void {
    const assignment = parseLoadAssignment(message);
    this.#assignments.set(name, assignment);
    this.#applyAssignment(name, assignment);
  }

  /** The server says that the name does not exist: warming clusters go on without hosts. */
  removeLoadAssignment(name: string): void {
    this.#assignments.delete(name);
    this.#applyAssignment(name, NO_ASSIGNMENT);
  }

  /** Drains everything. */
  close(): void {
    for (const entries of [this.#warming, this.#active])
      for (const name of [...entries.keys()]) this.#discard(entries, name);
  }

  #applyAssignment(edsName: string, assignment: LoadAssignment): void {
    for (const entries of [this.#active, this.#warming]) {
      for (const entry of [...entries.values()]) {
        const { discovery } = entry.cluster.config;
        if (discovery.kind !== "eds" || discovery.serviceName !== edsName) continue;
        entry.cluster.applyAssignment(assignment);
        this.#onWarm(entry);
      }
    }
  }

  /** Gives a cluster what is known already. */
  #fill(entry: Entry): void {
    const { discovery } = entry.cluster.config;
    switch (discovery.kind) {
      case "static":
        entry.cluster.applyAssignment(discovery.assignment);
        this.#onWarm(entry);
        return;
      case "original-destination":
        this.#onWarm(entry);
        return;
      case "eds": {
        const assignment = this.#assignments.get(discovery.serviceName);
        if (assignment === undefined) return;
        entry.cluster.applyAssignment(assignment);
        this.#onWarm(entry);
        return;
      }
      case "dns":
    }
  }

  #discover(cluster: UpstreamCluster): { close(): void } | undefined {
    const { discovery } = cluster.config;
    switch (discovery.kind) {
      case "static":
        return undefined;
      case "dns": {
        const dns = new DnsDiscovery(discovery, this.#dependencies, (assignment) => {
          cluster.applyAssignment(assignment);
          this.#onWarmCluster(cluster);
        });
        void dns.start();
        return dns;
      }
      case "eds":
        if (discovery.initialFetchTimeoutMs === 0) return undefined;
        return this.#after(discovery.initialFetchTimeoutMs, () => this.#onWarmCluster(cluster));
      case "original-destination":
        return this.#every(discovery.cleanupIntervalMs, () => cluster.removeUnusedHosts());
    }
  }

  #onWarmCluster(cluster: UpstreamCluster): void {
    const entry = this.#warming.get(cluster.name);
    if (entry?.cluster === cluster) this.#onWarm(entry);
  }

  #onWarm(entry: Entry): void {
    const { name } = entry.cluster;
    if (this.#warming.get(name) !== entry) return;
    this.#warming.delete(name);
    const previous = this.#active.get(name);
    this.#active.set(name, entry);
    previous?.discovery?.close();
    previous?.cluster.close();
    this.#dependencies.onChange();
  }

  #discard(entries: Map<string, Entry>, name: string): void {
    const entry = entries.get(name);
    if (entry === undefined) return;
    entries.delete(name);
    entry.discovery?.close();
    // Without hosts the gauges fall to 0; a cluster that is replaced leaves them to its successor.
    entry.cluster.applyAssignment(NO_ASSIGNMENT);
    entry.cluster.close();
    this.#dependencies.onChange();
  }

  #after(delayMs: number, run: () => void): { close(): void } {
    const timer = this.#dependencies.clock.schedule(delayMs, run, { unref: true });
    return { close: () => timer.cancel() };
  }

  #every(intervalMs: number, run: () => void): { close(): void } {
    let timer: Timer;
    const arm = () => {
      timer = this.#dependencies.clock.schedule(intervalMs, tick, { unref: true });
    };
    const tick = () => {
      run();
      arm();
    };
    arm();
    return { close: () => timer.cancel() };
  }
}
