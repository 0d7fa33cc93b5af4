import type { FilterMetadata } from "../config/metadata.ts";
import type { UpstreamTransport } from "../upstream/connect.ts";
import type { HttpPool } from "../upstream/http-pool.ts";
import { formatAddress, type UpstreamAddress } from "../upstream/upstream-address.ts";
import type { Host } from "./cluster.ts";

/** An endpoint as configuration describes it. */
export interface EndpointConfig {
  readonly address: UpstreamAddress;
  readonly hostname: string;
  readonly weight: number;
  readonly priority: number;
  readonly locality: LocalityConfig;
  readonly metadata: FilterMetadata;
  /** By the control plane's word (health_status). */
  readonly isHealthy: boolean;
}

/** Where an endpoint is; its weight is 0 when the control plane gave none. */
export interface LocalityConfig {
  /** `region/zone/subZone`. */
  readonly name: string;
  readonly weight: number;
}

/** A host with its connections and its record. Lives as long as its address is in the cluster. */
export class UpstreamHost implements Host {
  readonly address: string;
  readonly target: UpstreamAddress;
  #config: EndpointConfig;
  #transport: UpstreamTransport;
  #ejectedUntilMs: number | undefined;
  /** Streams open now. Written by the pools. */
  activeRequests = 0;
  /** Connections open now, TCP ones included. Written by the pools and the cluster. */
  activeConnections = 0;
  totalRequests = 0;
  failedRequests = 0;
  failedConnections = 0;
  /** One pool for each protocol in use. */
  readonly pools = new Map<string, HttpPool>();

  constructor(config: EndpointConfig, transport: UpstreamTransport) {
    this.address = formatAddress(config.address);
    this.target = config.address;
    this.#config = config;
    this.#transport = transport;
  }

  get weight(): number {
    return this.#config.weight;
  }

  get metadata(): FilterMetadata {
    return this.#config.metadata;
  }

  get config(): EndpointConfig {
    return this.#config;
  }

  get transport(): UpstreamTransport {
    return this.#transport;
  }

  get isHealthy(): boolean {
    return this.#config.isHealthy && this.#ejectedUntilMs === undefined;
  }

  /** By outlier detection; `undefined` when it is not ejected. */
  get ejectedUntilMs(): number | undefined {
    return this.#ejectedUntilMs;
  }

  /** Takes a newer description of the same address; connections stay. */
  applyConfig(config: EndpointConfig, transport: UpstreamTransport): void {
    this.#config = config;
    this.#transport = transport;
  }

  eject(untilMs: number): void {
    this.#ejectedUntilMs = untilMs;
  }

  unEject(): void {
    this.#ejectedUntilMs = undefined;
  }

  /** Requests in flight end in peace; idle connections close now. */
  drain(): void {
    for (const pool of this.pools.values()) pool.drain();
  }

  destroy(): void {
    for (const pool of this.pools.values()) pool.destroy();
  }
}
