import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock, Timer } from "@weft/core";
import type { CircuitBreaker } from "../cluster/circuit-breaker.ts";
import type { UpstreamInfo } from "../cluster/cluster.ts";
import type { ClusterStats } from "../cluster/cluster-stats.ts";
import type { UpstreamHost } from "../cluster/upstream-host.ts";
import type { ClientCodec, ClientCodecEvents } from "../codec/codec.ts";
import type { ConnectResult, PendingConnection } from "./connect.ts";
import type { PooledStream } from "./pooled-stream.ts";

/** How a pool behaves; part of the cluster's configuration. */
export interface PoolConfig {
  /** Closes a connection after so many requests; 0 never does. */
  readonly maxRequestsPerConnection: number;
  /** Closes a connection that is older, once nothing is in flight on it; 0 never does. */
  readonly maxConnectionDurationMs: number;
  /** At the same time on one connection; 0 leaves it to the peer. */
  readonly maxConcurrentStreams: number;
  /** How many streams one connection in the making will take: 1 for HTTP/1, more for HTTP/2. */
  readonly expectedStreamsPerConnection: number;
}

/** What a pool uses. */
export interface PoolDependencies {
  readonly clock: Clock;
  readonly breaker: CircuitBreaker;
  readonly stats: ClusterStats;
  readonly connect: (done: (result: ConnectResult) => void) => PendingConnection;
  readonly createCodec: (socket: Duplex, events: ClientCodecEvents, alpn: string) => ClientCodec;
}

/** A connection that stands. */
export type ConnectedSocket = Extract<ConnectResult, { readonly kind: "connected" }>;

/** What the pool that owns it wants to know. */
export interface PooledConnectionEvents {
  /** It may take another stream. */
  onFree(): void;
  /** Called once; it takes no more. */
  onClosed(): void;
}

/** One connection and what it has in flight. */
export class PooledConnection implements ClientCodecEvents {
  readonly #host: UpstreamHost;
  readonly #config: PoolConfig;
  readonly #dependencies: PoolDependencies;
  readonly #events: PooledConnectionEvents;
  readonly #codec: ClientCodec;
  readonly #upstream: UpstreamInfo;
  #openCount = 0;
  #requestCount = 0;
  #isClosed = false;
  #retirement: Timer | undefined;

  constructor(
    { socket, tls }: ConnectedSocket,
    host: UpstreamHost,
    config: PoolConfig,
    dependencies: PoolDependencies,
    events: PooledConnectionEvents,
  ) {
    this.#host = host;
    this.#config = config;
    this.#dependencies = dependencies;
    this.#events = events;
    this.#codec = dependencies.createCodec(socket, this, tls?.alpn ?? "");
    this.#upstream = { localAddress: localAddressOf(socket), protocol: this.#codec.protocol, tls };
    const { maxConnectionDurationMs } = config;
    if (maxConnectionDurationMs > 0) {
      this.#retirement = dependencies.clock.schedule(maxConnectionDurationMs, () => this.drain(), {
        unref: true,
      });
    }
  }

  get canOpen(): boolean {
    const { maxRequestsPerConnection } = this.#config;
    if (maxRequestsPerConnection > 0 && this.#requestCount >= maxRequestsPerConnection)
      return false;
    if (this.#isFull) return false;
    return !this.#isClosed && this.#codec.canOpenStream;
  }

  get #isFull(): boolean {
    const { maxConcurrentStreams } = this.#config;
    return maxConcurrentStreams > 0 && this.#openCount >= maxConcurrentStreams;
  }

  open(stream: PooledStream): void {
    const { breaker, stats } = this.#dependencies;
    const isReused = this.#requestCount > 0;
    this.#requestCount += 1;
    this.#openCount += 1;
    this.#host.activeRequests += 1;
    this.#host.totalRequests += 1;
    breaker.requests.take();
    stats.requestsActive.add(1);
    stats.requestsTotal.add(1);
    stream.attach(this.#codec, isReused, this.#host, this.#upstream);
  }

  onStreamEnd(): void {
    if (this.#openCount > 0) this.#releaseStreams(1);
    if (this.#isClosed) return;
    const { maxRequestsPerConnection } = this.#config;
    if (maxRequestsPerConnection > 0 && this.#requestCount >= maxRequestsPerConnection)
      this.#codec.drain();
    this.#events.onFree();
  }

  onClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#retirement?.cancel();
    this.#releaseStreams(this.#openCount);
    this.#events.onClosed();
  }

  drain(): void {
    this.#codec.drain();
  }

  destroy(): void {
    this.#codec.destroy();
    this.onClosed();
  }

  #releaseStreams(count: number): void {
    const { breaker, stats } = this.#dependencies;
    this.#openCount -= count;
    this.#host.activeRequests -= count;
    stats.requestsActive.add(-count);
    for (let left = count; left > 0; left -= 1) breaker.requests.release();
  }
}

function localAddressOf(socket: Duplex): string {
  const { localAddress, localPort } = socket as Partial<Socket>;
  return localAddress === undefined ? "" : `${localAddress}:${localPort ?? 0}`;
}
