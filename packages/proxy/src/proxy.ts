/**
 * The composition root of the data plane: the proxy from the rim inwards. Order is the architecture;
 * nothing is bound and no timer runs before `start`.
 */
import type { Bootstrap } from "@weft/api/envoy/config/bootstrap/v3/bootstrap_pb.js";
import { type Clock, ConfigError, createLog, type Log, type Random } from "@weft/core";
import { createXdsClient, type XdsClient } from "@weft/xds";
import { createAccessLogSinks } from "./access-log/sink.ts";
import { buildAdminPages, type ServerState } from "./admin/admin-pages.ts";
import { createAdminServer } from "./admin/admin-server.ts";
import { Clusters } from "./cluster/cluster-manager.ts";
import { systemResolver } from "./cluster/system-resolver.ts";
import { DEFAULT_CODEC_OPTIONS } from "./codec/codec-options.ts";
import { createHttp1ClientCodec } from "./codec/http1/client-codec.ts";
import { createHttp2ClientCodec } from "./codec/http2/client-codec.ts";
import { buildNetworkFilter } from "./config/network-filter.ts";
import type { HttpDeps } from "./http/http-deps.ts";
import {
  type ControlPlaneAddress,
  parseControlPlaneAddress,
  toChannelCredentials,
  toChannelOptions,
} from "./identity/control-plane-address.ts";
import { createIdentity, type Identity } from "./identity/create-identity.ts";
import { createListener } from "./listener/create-listener.ts";
import { createInternalListeners } from "./listener/internal-listeners.ts";
import { compileRouteTable } from "./route/compile-route-table.ts";
import { createStats } from "./stats/create-stats.ts";
import { peerFromMetadata } from "./telemetry/peer.ts";
import { buildTransport } from "./upstream/build-transport.ts";
import { parseAddress } from "./upstream/upstream-address.ts";
import { AcceptedResources } from "./xds/accepted-resources.ts";
import { DynamicConfig } from "./xds/dynamic-config.ts";
import { Listeners } from "./xds/listener-manager.ts";
import { RouteTableStore } from "./xds/route-table-store.ts";

/** What a proxy is started with. */
export interface ProxyConfig {
  readonly bootstrap: Bootstrap;
  /** Proof of identity for the first certificate. Never logged. */
  readonly joinToken: string | undefined;
  /** How long connections may go on after a drain began. */
  readonly drainTimeMs: number;
  readonly version: string;
}

/** The world around a proxy. */
export interface ProxyEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  /** Takes log lines. */
  readonly write: (line: string) => void;
}

/** A running data plane. */
export interface RunningProxy {
  /** Binds the admin address and static listeners; rejects when one cannot be bound. */
  start(): Promise<void>;
  readonly state: ServerState;
  /** Port of the admin server; 0 without one. */
  readonly adminPort: number;
  /** Stops accepting, lets what is in flight finish until the deadline, then frees everything. */
  close(options: { readonly deadlineMs: number }): Promise<void>;
}

/** Builds a proxy. Throws `ConfigError` for a bootstrap that cannot work. */
export function createProxy(config: ProxyConfig, environment: ProxyEnvironment): RunningProxy {
  const { bootstrap } = config;
  const { clock, random, write } = environment;
  const log = (component: string): Log => createLog(component, clock, write);
  const stats = createStats();
  const startedAtMs = clock.nowMs();

  // Identity first: neither the xDS stream nor any mTLS connection works without a certificate.
  const controlPlane = parseControlPlaneAddress(bootstrap);
  const identity = createIdentity(bootstrap, controlPlane, {
    joinToken: config.joinToken,
    clock,
    random,
    log: log("identity"),
  });
  const { secrets } = identity;

  // Upstream before downstream, so that a route never names a cluster that nobody can reach.
  const internalListeners = createInternalListeners();
  const clusters = new Clusters({
    clock,
    random,
    stats,
    log: log("cluster"),
    resolve: systemResolver,
    connectInternal: (name, destination) => internalListeners.connect(name, destination),
    createCodec(protocol, socket, events, { idleTimeoutMs }) {
      const create = protocol === "http2" ? createHttp2ClientCodec : createHttp1ClientCodec;
      return create(socket, events, { ...DEFAULT_CODEC_OPTIONS, idleTimeoutMs }, clock);
    },
    buildTransport: (socket, field) => buildTransport(socket, secrets, field),
    onChange: () => dynamic.refreshSubscriptions(),
  });
  const routes = new RouteTableStore(compileRouteTable);

  // Downstream: every listener shares these, and sees clusters and routes only through them.
  const accessLogs = createAccessLogSinks(clock, (error) =>
    log("access-log").warn("access log cannot be written", { reason: error.message }),
  );
  const http: HttpDeps = {
    clusters,
    routes,
    clock,
    random,
    stats,
    node: peerFromMetadata(bootstrap.node?.metadata ?? {}),
    accessLogs,
    log: log("http"),
  };
  const listeners = new Listeners({
    clock,
    random,
    log: log("listener"),
    drainTimeMs: config.drainTimeMs,
    isRouteKnown: (name) => routes.isKnown(name),
    onChange: () => dynamic.refreshSubscriptions(),
    compile: (message) =>
      createListener(message, {
        clock,
        secrets,
        stats,
        internalListeners,
        log: log("listener"),
        buildNetworkFilter: (filters, listener) => buildNetworkFilter(filters, listener, http),
      }),
  });

  // The control plane's word goes to the three above; what it has accepted is kept for the dump.
  const accepted = new AcceptedResources();
  const dynamic = new DynamicConfig({
    clusters,
    listeners,
    routes,
    accepted,
    clock,
    log: log("xds"),
  });
  const xds =
    controlPlane === undefined
      ? undefined
      : connectControlPlane(bootstrap, controlPlane, identity, dynamic, environment, log("xds"));

  let state: "running" | "draining" = "running";
  const isLive = () =>
    (controlPlane === undefined || dynamic.isInitialised) &&
    clusters.warmingCount === 0 &&
    listeners.warmingCount === 0 &&
    identity.isReady;
  // Once live it stays so: a later cluster that warms must not take the workload out of service.
  let wasLive = false;
  const serverState = (): ServerState => {
    if (state === "draining") return "DRAINING";
    wasLive ||= isLive();
    return wasLive ? "LIVE" : "PRE_INITIALIZING";
  };

  // Admin last: it shows everything above and owns none of it.
  const admin = createAdminServer(
    buildAdminPages({
      bootstrap,
      clusters,
      listeners,
      accepted,
      stats,
      secrets,
      clock,
      startedAtMs,
      version: config.version,
      state: serverState,
      startDraining: () => {
        state = "draining";
        listeners.stopAccepting();
      },
      reopenLogs: () => accessLogs.reopen(),
    }),
  );

  return {
    async start() {
      if (bootstrap.admin?.address !== undefined) {
        const address = parseAddress(bootstrap.admin.address, "admin.address");
        if (address.kind !== "socket")
          throw new ConfigError("admin.address", "must be a socket address");
        await admin.listen(address);
      }
      for (const message of bootstrap.staticResources?.clusters ?? [])
        clusters.applyCluster(message, { isStatic: true });
      for (const message of bootstrap.staticResources?.listeners ?? [])
        listeners.applyListener(message, { isStatic: true });
      identity.start();
      if (xds !== undefined) dynamic.subscribe(xds);
      // Without a certificate the server would only refuse; its first stream then waits in vain.
      identity.whenReady(() => xds?.start());
    },
    get state() {
      return serverState();
    },
    get adminPort() {
      return admin.port;
    },
    async close({ deadlineMs }) {
      state = "draining";
      // The stream first: no update may add a listener while the others go.
      xds?.close();
      await listeners.close({ deadlineMs });
      clusters.close();
      identity.close();
      await admin.close();
      await accessLogs.close();
    },
  };
}

function connectControlPlane(
  bootstrap: Bootstrap,
  controlPlane: ControlPlaneAddress,
  identity: Identity,
  dynamic: DynamicConfig,
  { clock, random }: ProxyEnvironment,
  log: Log,
): XdsClient {
  if (bootstrap.node === undefined) throw new ConfigError("node", "is required with ads_config");
  let wasConnected = false;
  return createXdsClient({
    node: bootstrap.node,
    target: controlPlane.target,
    credentials: () => toChannelCredentials(controlPlane, identity.secrets),
    channelOptions: toChannelOptions(controlPlane),
    clock,
    random,
    mode: controlPlane.mode,
    onUpdate: dynamic.onUpdate,
    onStateChange: (state, reason) => {
      if (state === "connected") log.info("connected to the control plane");
      else if (wasConnected)
        log.warn("control plane away; serving on with what is known", { reason });
      wasConnected = state === "connected";
    },
  });
}
