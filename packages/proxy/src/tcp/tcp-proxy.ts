/**
 * The TCP end of a filter chain: each downstream connection gets one upstream connection, and bytes
 * pass unseen in both directions until both have ended.
 */
import type { Duplex } from "node:stream";
import type { TcpProxy } from "@weft/api/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { type Clock, ConfigError, type Log, type Random, type Timer } from "@weft/core";
import { type AccessLog, compileAccessLogs } from "../access-log/access-log.ts";
import type { AccessLogSinks } from "../access-log/sink.ts";
import type { ClusterManager, Host, PendingStream, PoolFailure } from "../cluster/cluster.ts";
import { toMs } from "../config/duration.ts";
import { HeaderMap } from "../http/header-map.ts";
import { StreamInfo } from "../http/stream-info.ts";
import type {
  ConnectionHandler,
  DownstreamConnection,
  NetworkFilter,
} from "../listener/downstream-connection.ts";
import type { Stats } from "../stats/stats.ts";
import { pump } from "./byte-pump.ts";
import { type ClusterChoice, compileClusterChoice } from "./cluster-choice.ts";
import { createTcpStats, type TcpStats } from "./tcp-stats.ts";

/** What TCP proxies share. */
export interface TcpDeps {
  readonly clusters: ClusterManager;
  readonly clock: Clock;
  readonly random: Random;
  readonly stats: Stats;
  readonly accessLogs: AccessLogSinks;
  readonly log: Log;
}

interface TcpConfig {
  readonly chooseCluster: ClusterChoice;
  readonly idleTimeoutMs: number;
  /** Longest life of a connection; undefined is without limit. */
  readonly maxDurationMs: number | undefined;
  readonly maxConnectAttempts: number;
  readonly accessLogs: readonly AccessLog[];
}

const DEFAULT_IDLE_TIMEOUT_MS = 3_600_000;

/** Compiles the filter's config. Throws `ConfigError` for what is not supported. */
export function createTcpProxy(message: TcpProxy, deps: TcpDeps): NetworkFilter {
  if (message.statPrefix === "") throw new ConfigError("stat_prefix", "is required");
  refuseUnsupported(message);
  const config: TcpConfig = {
    chooseCluster: compileClusterChoice(message, deps.random),
    idleTimeoutMs: toMs(message.idleTimeout, DEFAULT_IDLE_TIMEOUT_MS, "idle_timeout"),
    maxDurationMs: parseMaxDuration(message),
    maxConnectAttempts: parseMaxConnectAttempts(message),
    accessLogs: compileAccessLogs(message.accessLog, deps.accessLogs, "access_log"),
  };
  const stats = createTcpStats(deps.stats, message.statPrefix);
  return (connection, onClosed) => {
    const tunnel = new TcpTunnel(connection, config, stats, deps, onClosed);
    tunnel.start();
    return tunnel;
  };
}

function parseMaxDuration({ maxDownstreamConnectionDuration }: TcpProxy): number | undefined {
  if (maxDownstreamConnectionDuration === undefined) return undefined;
  const field = "max_downstream_connection_duration";
  const ms = toMs(maxDownstreamConnectionDuration, 0, field);
  if (ms < 1) throw new ConfigError(field, "must be at least 1ms");
  return ms;
}

function parseMaxConnectAttempts({ maxConnectAttempts = 1 }: TcpProxy): number {
  if (maxConnectAttempts < 1) throw new ConfigError("max_connect_attempts", "must be at least 1");
  return maxConnectAttempts;
}

function refuseUnsupported(message: TcpProxy): void {
  if (message.tunnelingConfig !== undefined)
    throw new ConfigError("tunneling_config", "is not supported");
  if (message.onDemand !== undefined) throw new ConfigError("on_demand", "is not supported");
  if (message.metadataMatch !== undefined)
    throw new ConfigError("metadata_match", "is not supported");
}

/** One downstream connection and, once it stands, its upstream one. */
class TcpTunnel implements ConnectionHandler {
  readonly #connection: DownstreamConnection;
  readonly #config: TcpConfig;
  readonly #stats: TcpStats;
  readonly #deps: TcpDeps;
  readonly #onClosed: () => void;
  readonly #info: StreamInfo;
  readonly #received = { bytes: 0, lastActivityMs: 0 };
  readonly #sent = { bytes: 0, lastActivityMs: 0 };
  #upstream: Duplex | undefined;
  #pending: PendingStream | undefined;
  #idleTimer: Timer | undefined;
  #durationTimer: Timer | undefined;
  #isOver = false;

  constructor(
    connection: DownstreamConnection,
    config: TcpConfig,
    stats: TcpStats,
    deps: TcpDeps,
    onClosed: () => void,
  ) {
    this.#connection = connection;
    this.#config = config;
    this.#stats = stats;
    this.#deps = deps;
    this.#onClosed = onClosed;
    const { clock } = deps;
    this.#info = new StreamInfo(connection, noRequest(), clock.nowMs(), clock.wallMs());
  }

  start(): void {
    const { socket } = this.#connection;
    this.#stats.total.add(1);
    this.#stats.active.add(1);
    socket.once("close", () => this.#end());
    socket.on("error", () => socket.destroy());
    const { maxDurationMs } = this.#config;
    if (maxDurationMs !== undefined) this.#armDurationTimer(maxDurationMs);
    const name = this.#config.chooseCluster();
    this.#info.upstreamCluster = name;
    this.#connect(name, []);
  }

  /** Nobody can see where a byte stream may be cut: it goes on until the listener's deadline. */
  drain(): void {}

  destroy(): void {
    this.#connection.socket.destroy();
  }

  #connect(name: string, triedHosts: readonly Host[]): void {
    const cluster = this.#deps.clusters.cluster(name);
    if (cluster === undefined) {
      this.#stats.noRoute.add(1);
      this.#info.addFlag("NC");
      this.destroy();
      return;
    }
    const { local } = this.#connection;
    this.#info.attemptCount++;
    this.#pending = cluster.openConnection(
      {
        triedHosts,
        hostSelectionAttempts: 1,
        originalDestination: `${local.address}:${local.port}`,
      },
      (result) => {
        this.#pending = undefined;
        if (this.#isOver) {
          if ("socket" in result) result.socket.destroy();
        } else if ("socket" in result) {
          cluster.reportResult(result.host, "connected");
          this.#onConnected(result.socket, result.host);
        } else {
          if (result.kind === "connect-failure") cluster.reportResult(result.host, "local-failure");
          this.#onFailure(name, result, triedHosts);
        }
      },
    );
  }

  #onFailure(name: string, failure: PoolFailure, triedHosts: readonly Host[]): void {
    const hosts = failure.kind === "connect-failure" ? [...triedHosts, failure.host] : triedHosts;
    if (
      failure.kind === "connect-failure" &&
      this.#info.attemptCount < this.#config.maxConnectAttempts
    ) {
      this.#connect(name, hosts);
      return;
    }
    this.#info.addFlag(failure.flag);
    if (failure.kind === "connect-failure") {
      this.#info.upstreamHost = failure.host;
      this.#info.upstreamTransportFailure = failure.detail;
      // Envoy says so even when there was but one attempt.
      this.#info.addFlag("URX");
    }
    this.destroy();
  }

  #onConnected(upstream: Duplex, host: Host): void {
    const { socket } = this.#connection;
    const nowMs = () => this.#deps.clock.nowMs();
    this.#upstream = upstream;
    this.#info.upstreamHost = host;
    upstream.allowHalfOpen = true;
    upstream.on("error", () => upstream.destroy());
    upstream.once("close", () => {
      // A clean end has already been passed on as FIN; anything else must not look like one.
      if (!upstream.readableEnded || !upstream.writableFinished) socket.destroy();
    });
    this.#received.lastActivityMs = nowMs();
    pump(socket, upstream, this.#received, nowMs);
    pump(upstream, socket, this.#sent, nowMs);
    if (this.#config.idleTimeoutMs > 0) this.#armIdleTimer(this.#config.idleTimeoutMs);
  }

  #armDurationTimer(maxDurationMs: number): void {
    const onDue = () => {
      this.#info.addFlag("DT");
      this.#stats.maxDuration.add(1);
      this.destroy();
    };
    this.#durationTimer = this.#deps.clock.schedule(maxDurationMs, onDue, { unref: true });
  }

  #armIdleTimer(delayMs: number): void {
    this.#idleTimer = this.#deps.clock.schedule(
      delayMs,
      () => {
        const lastMs = Math.max(this.#received.lastActivityMs, this.#sent.lastActivityMs);
        const leftMs = this.#config.idleTimeoutMs - (this.#deps.clock.nowMs() - lastMs);
        if (leftMs > 0) {
          this.#armIdleTimer(leftMs);
          return;
        }
        this.#stats.idleTimeout.add(1);
        this.destroy();
      },
      { unref: true },
    );
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pending?.cancel();
    this.#idleTimer?.cancel();
    this.#durationTimer?.cancel();
    // Cleanly ended, it may still have bytes of ours to send.
    if (!this.#connection.socket.readableEnded) this.#upstream?.destroy();
    this.#stats.active.add(-1);
    this.#stats.receivedBytes.add(this.#received.bytes);
    this.#stats.sentBytes.add(this.#sent.bytes);
    const info = this.#info;
    info.bytesReceived = this.#received.bytes;
    info.bytesSent = this.#sent.bytes;
    info.endMs = this.#deps.clock.nowMs();
    for (const accessLog of this.#config.accessLogs) accessLog.write(info);
    this.#onClosed();
  }
}

/** Access log formats ask for a request; a byte stream has none, and its fields print as "-". */
function noRequest(): StreamInfo["request"] {
  return {
    method: "",
    scheme: "",
    authority: "",
    path: "",
    headers: new HeaderMap(),
    protocol: "HTTP/1.1",
  };
}
