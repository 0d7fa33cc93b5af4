/**
 * Connections of one protocol to one host. Streams come in through `openStream`, wait while a
 * connection is made or all are busy, and leave as requests on a codec.
 *
 *   openStream ─► free connection? ──yes──► codec.openStream ─► opener.onPoolReady
 *                     │ no
 *                     ▼
 *               waiting [ s1 s2 … ]  ◄── next stream when a connection stands or gets free
 */
import type { PendingStream, PoolFailure, StreamOpener } from "../cluster/cluster.ts";
import type { UpstreamHost } from "../cluster/upstream-host.ts";
import type { RequestHead } from "../codec/codec.ts";
import type { PendingConnection } from "./connect.ts";
import {
  type ConnectedSocket,
  type PoolConfig,
  type PoolDependencies,
  PooledConnection,
} from "./pooled-connection.ts";
import { PooledStream } from "./pooled-stream.ts";

/** The pool. */
export class HttpPool {
  readonly #host: UpstreamHost;
  readonly #config: PoolConfig;
  readonly #dependencies: PoolDependencies;
  readonly #connections: PooledConnection[] = [];
  readonly #connecting = new Set<PendingConnection>();
  #waiting: PooledStream[] = [];
  #isDraining = false;

  constructor(host: UpstreamHost, config: PoolConfig, dependencies: PoolDependencies) {
    this.#host = host;
    this.#config = config;
    this.#dependencies = dependencies;
  }

  openStream(request: RequestHead, endStream: boolean, opener: StreamOpener): PendingStream {
    const { breaker, stats } = this.#dependencies;
    const stream = new PooledStream(request, endStream, opener, this.#onCancelled);
    if (breaker.requests.isFull) {
      this.#overflow(stream);
      return stream;
    }
    const connection = this.#waiting.length === 0 ? this.#freeConnection() : undefined;
    if (connection !== undefined) {
      connection.open(stream);
    } else if (!breaker.pendingRequests.tryTake()) {
      this.#overflow(stream);
    } else {
      stats.pendingActive.add(1);
      this.#waiting.push(stream);
      this.#connectAsNeeded();
    }
    return stream;
  }

  /** No new connections are kept; those in use close after their last stream. */
  drain(): void {
    this.#isDraining = true;
    for (const connection of [...this.#connections]) connection.drain();
  }

  destroy(): void {
    this.#isDraining = true;
    for (const attempt of this.#connecting) attempt.cancel();
    for (let left = this.#connecting.size; left > 0; left -= 1) this.#releaseConnection();
    this.#connecting.clear();
    this.#failWaiting({
      kind: "connect-failure",
      flag: "UF",
      host: this.#host,
      detail: "the host was removed",
    });
    for (const connection of [...this.#connections]) connection.destroy();
  }

  /** The one used last: the others may then grow idle and be closed. */
  #freeConnection(): PooledConnection | undefined {
    for (let index = this.#connections.length - 1; index >= 0; index -= 1) {
      const connection = this.#connections[index];
      if (connection?.canOpen === true) return connection;
    }
    return undefined;
  }

  #connectAsNeeded(): void {
    const { breaker, stats } = this.#dependencies;
    const perConnection = this.#config.expectedStreamsPerConnection;
    while (this.#connecting.size * perConnection < this.#waiting.length) {
      const isFirst = this.#connecting.size === 0 && this.#connections.length === 0;
      if (!breaker.connections.tryTake()) {
        stats.connectionOverflow.add(1);
        if (!isFirst) return;
        // Otherwise the streams of this host would wait for connections that only others have.
        breaker.connections.take();
      }
      this.#connect();
    }
  }

  #connect(): void {
    const { stats, connect } = this.#dependencies;
    this.#host.activeConnections += 1;
    stats.connectionsActive.add(1);
    stats.connectionsTotal.add(1);
    const startedAtMs = this.#dependencies.clock.nowMs();
    const attempt = connect((result) => {
      this.#connecting.delete(attempt);
      if (result.kind === "connected") {
        stats.connectTime.observe(this.#dependencies.clock.nowMs() - startedAtMs);
        this.#onConnected(result);
      } else {
        this.#onConnectFailed(result);
      }
    });
    this.#connecting.add(attempt);
  }

  #onConnected(connected: ConnectedSocket): void {
    const connection = new PooledConnection(
      connected,
      this.#host,
      this.#config,
      this.#dependencies,
      {
        onFree: () => this.#dispatch(),
        onClosed: () => {
          this.#connections.splice(this.#connections.indexOf(connection), 1);
          this.#releaseConnection();
          if (this.#waiting.length > 0) this.#connectAsNeeded();
        },
      },
    );
    this.#connections.push(connection);
    this.#dispatch();
    if (this.#isDraining) connection.drain();
  }

  #onConnectFailed(result: { readonly kind: "timeout" | "failed"; readonly detail: string }): void {
    const { stats } = this.#dependencies;
    this.#releaseConnection();
    this.#host.failedConnections += 1;
    stats.connectFail.add(1);
    if (result.kind === "timeout") stats.connectTimeout.add(1);
    // As in Envoy every waiting stream fails: whoever retries chooses a host anew.
    this.#failWaiting({
      kind: "connect-failure",
      flag: "UF",
      host: this.#host,
      detail: result.detail,
    });
  }

  /** Hands waiting streams to connections that can take them. */
  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const connection = this.#freeConnection();
      if (connection === undefined) break;
      const stream = this.#waiting.shift();
      if (stream === undefined) break;
      this.#leaveQueue();
      // Other hosts of the cluster may have taken the last slots while this stream waited.
      if (this.#dependencies.breaker.requests.isFull) this.#overflow(stream);
      else connection.open(stream);
    }
    if (this.#waiting.length > 0) this.#connectAsNeeded();
  }

  #failWaiting(failure: PoolFailure): void {
    const failed = this.#waiting;
    this.#waiting = [];
    for (const stream of failed) {
      this.#leaveQueue();
      stream.fail(failure);
    }
  }

  #overflow(stream: PooledStream): void {
    this.#dependencies.stats.pendingOverflow.add(1);
    stream.fail({ kind: "overflow", flag: "UO" });
  }

  readonly #onCancelled = (stream: PooledStream): void => {
    const index = this.#waiting.indexOf(stream);
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    this.#leaveQueue();
  };

  #leaveQueue(): void {
    this.#dependencies.breaker.pendingRequests.release();
    this.#dependencies.stats.pendingActive.add(-1);
  }

  #releaseConnection(): void {
    this.#host.activeConnections -= 1;
    this.#dependencies.breaker.connections.release();
    this.#dependencies.stats.connectionsActive.add(-1);
  }
}
