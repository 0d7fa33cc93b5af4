/**
 * The connections of one cluster: pools of them for requests, one for each byte stream. Hosts are chosen
 * before; here they are dialled, counted and held against the cluster's limits.
 */
import type { Duplex } from "node:stream";
import type { Clock, Random } from "@weft/core";
import type { ClientCodec, ClientCodecEvents, RequestHead } from "../codec/codec.ts";
import type { Stats } from "../stats/stats.ts";
import { type ConnectDependencies, type ConnectTarget, connect } from "../upstream/connect.ts";
import { HttpPool } from "../upstream/http-pool.ts";
import type { PoolConfig } from "../upstream/pooled-connection.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import type { LoadBalancingContext, PendingStream, PoolFailure } from "./cluster.ts";
import type { ClusterConfig } from "./cluster-config.ts";
import type { ClusterStats } from "./cluster-stats.ts";
import type { UpstreamHost } from "./upstream-host.ts";

/** What every cluster of a proxy shares. */
export interface ClusterDependencies extends ConnectDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly stats: Stats;
  readonly createCodec: CreateClientCodec;
}

/** The upstream end of `protocol` on a connected socket. */
export type CreateClientCodec = (
  protocol: "http1" | "http2",
  socket: Duplex,
  events: ClientCodecEvents,
  options: { readonly idleTimeoutMs: number },
) => ClientCodec;

/** How many streams we expect one new HTTP/2 connection to carry; its real limit comes later. */
const HTTP2_STREAMS_EXPECTED = 100;

const OVERFLOW: PoolFailure = { kind: "overflow", flag: "UO" };
const NOTHING_PENDING: PendingStream = { cancel() {} };

/** One for each cluster. Pools live as long as their host. */
export class HostConnections {
  readonly #config: ClusterConfig;
  readonly #dependencies: ClusterDependencies;
  readonly #breaker: CircuitBreaker;
  readonly #stats: ClusterStats;

  constructor(
    config: ClusterConfig,
    dependencies: ClusterDependencies,
    breaker: CircuitBreaker,
    stats: ClusterStats,
  ) {
    this.#config = config;
    this.#dependencies = dependencies;
    this.#breaker = breaker;
    this.#stats = stats;
  }

  /** The pool that carries `request` to `host`. */
  poolFor(host: UpstreamHost, request: RequestHead, context: LoadBalancingContext): HttpPool {
    return this.#poolOf(host, this.#protocolFor(request), context);
  }

  /** A connection for bytes alone, counted until it closes. */
  connect(
    host: UpstreamHost,
    context: LoadBalancingContext,
    done: (result: { readonly socket: Duplex; readonly host: UpstreamHost } | PoolFailure) => void,
  ): PendingStream {
    if (!this.#breaker.connections.tryTake()) {
      this.#stats.connectionOverflow.add(1);
      done(OVERFLOW);
      return NOTHING_PENDING;
    }
    this.#countConnection(host, 1);
    this.#stats.connectionsTotal.add(1);
    const attempt = connect(this.#targetOf(host, context), this.#dependencies, (result) => {
      if (result.kind === "connected") {
        result.socket.once("close", () => this.#releaseConnection(host));
        done({ socket: result.socket, host });
        return;
      }
      this.#releaseConnection(host);
      this.#stats.connectFail.add(1);
      done({ kind: "connect-failure", flag: "UF", host, detail: result.detail });
    });
    return {
      cancel: () => {
        if (attempt.cancel()) this.#releaseConnection(host);
      },
    };
  }

  #protocolFor(request: RequestHead): "http1" | "http2" | "alpn" {
    const { choice } = this.#config.protocol;
    if (choice !== "downstream") return choice;
    return request.protocol === "HTTP/2" ? "http2" : "http1";
  }

  #poolOf(
    host: UpstreamHost,
    protocol: "http1" | "http2" | "alpn",
    context: LoadBalancingContext,
  ): HttpPool {
    // Internal listeners are told the destination, so connections to two of them differ.
    const destination = host.target.kind === "internal" ? (context.originalDestination ?? "") : "";
    const key = destination === "" ? protocol : `${protocol} ${destination}`;
    let pool = host.pools.get(key);
    if (pool === undefined) {
      pool = this.#createPool(host, protocol, context);
      host.pools.set(key, pool);
    }
    return pool;
  }

  #createPool(
    host: UpstreamHost,
    protocol: "http1" | "http2" | "alpn",
    context: LoadBalancingContext,
  ): HttpPool {
    const { idleTimeoutMs, ...limits } = this.#config.protocol;
    const poolConfig: PoolConfig = {
      maxRequestsPerConnection: limits.maxRequestsPerConnection,
      maxConnectionDurationMs: limits.maxConnectionDurationMs,
      maxConcurrentStreams: limits.maxConcurrentStreams,
      expectedStreamsPerConnection:
        protocol === "http2" ? limits.maxConcurrentStreams || HTTP2_STREAMS_EXPECTED : 1,
    };
    const { createCodec, clock } = this.#dependencies;
    return new HttpPool(host, poolConfig, {
      clock,
      breaker: this.#breaker,
      stats: this.#stats,
      connect: (done) => connect(this.#targetOf(host, context), this.#dependencies, done),
      createCodec: (socket, events, alpn) =>
        createCodec(resolveProtocol(protocol, alpn), socket, events, { idleTimeoutMs }),
    });
  }

  #targetOf(host: UpstreamHost, context: LoadBalancingContext): ConnectTarget {
    return {
      address: host.target,
      transport: host.transport,
      timeoutMs: this.#config.connectTimeoutMs,
      keepAliveMs: this.#config.keepAliveMs,
      sourceAddress: this.#config.sourceAddress,
      originalDestination: context.originalDestination,
    };
  }

  #countConnection(host: UpstreamHost, delta: number): void {
    host.activeConnections += delta;
    this.#stats.connectionsActive.add(delta);
  }

  #releaseConnection(host: UpstreamHost): void {
    this.#countConnection(host, -1);
    this.#breaker.connections.release();
  }
}

function resolveProtocol(protocol: "http1" | "http2" | "alpn", alpn: string): "http1" | "http2" {
  if (protocol !== "alpn") return protocol;
  return alpn === "h2" ? "http2" : "http1";
}
