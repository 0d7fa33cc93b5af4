import { ServerCredentials } from "@grpc/grpc-js";
import type { Clock, Log } from "@weft/core";
import { createXdsAuthorization } from "../auth/xds-authorization.ts";
import { addCertificateService } from "../ca/certificate-service.ts";
import type { MeshIdentity } from "../ca/mesh-identity.ts";
import type { NackLog } from "../push/nack-log.ts";
import type { Pusher } from "../push/pusher.ts";
import { createXdsService } from "../push/xds-service.ts";
import type { ProblemBoard } from "../snapshot/problem-board.ts";
import type { ControlPlaneMetrics } from "./control-plane-metrics.ts";
import { debugPages } from "./debug-pages.ts";
import { listenGrpc } from "./grpc-server.ts";
import { listenHttp } from "./http-server.ts";
import type { Metrics } from "./metrics.ts";

/** Ports of one control plane; where asked for, 0 takes a free one. */
export interface ControlPlanePorts {
  /** xDS and certificates, over TLS. */
  readonly xds: number;
  /** xDS without identity; `undefined`: not served. */
  readonly plaintextXds: number | undefined;
  /** Metrics, readiness, debug pages. */
  readonly http: number;
}

/** What the servers serve. */
export interface ListenConfig {
  readonly address: string;
  readonly ports: ControlPlanePorts;
  readonly identity: MeshIdentity;
  readonly pusher: Pusher;
  readonly nacks: NackLog;
  readonly problems: ProblemBoard;
  readonly metrics: Metrics;
  readonly counts: ControlPlaneMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

const STOPPING = "the control plane stops";

/** Binds all ports until `resources` is disposed of; settles with those that were bound. */
export async function listen(
  config: ListenConfig,
  resources: AsyncDisposableStack,
): Promise<ControlPlanePorts> {
  const http = await listenPages(config, resources);
  const xds = await listenSecure(config, resources);
  const plaintextXds = await listenPlaintext(config, resources);
  return { xds, plaintextXds, http };
}

async function listenPages(config: ListenConfig, resources: AsyncDisposableStack): Promise<number> {
  const { address, ports, metrics, pusher, nacks } = config;
  const isReady = () => pusher.version !== "";
  const pages = debugPages({ metrics, pusher, nacks, isReady });
  const http = await listenHttp({ address, port: ports.http }, pages);
  resources.defer(() => http.close());
  return http.port;
}

async function listenSecure(
  config: ListenConfig,
  resources: AsyncDisposableStack,
): Promise<number> {
  const { address, ports, identity, counts, clock, log } = config;
  const { ca, root, tokenFolder, serverCredentials } = identity;
  const authorize = createXdsAuthorization({ root, trustDomain: ca.trustDomain, clock });
  const xds = createXdsService({ ...config, metrics: counts, authorize });
  const where = { address, port: ports.xds };
  const server = await listenGrpc(where, serverCredentials, (services) => {
    const onOutcome = counts.countCertificate.bind(counts);
    addCertificateService(services, { ca, tokenFolder, clock, log, onOutcome });
    xds.addTo(services);
  });
  resources.defer(() => server.close());
  resources.defer(() => xds.close(STOPPING));
  return server.port;
}

/** Whoever reaches this port is believed: for debugging with foreign tools only. */
async function listenPlaintext(
  config: ListenConfig,
  resources: AsyncDisposableStack,
): Promise<number | undefined> {
  const { address, ports, counts } = config;
  if (ports.plaintextXds === undefined) return undefined;
  const xds = createXdsService({ ...config, metrics: counts, authorize: () => undefined });
  const where = { address, port: ports.plaintextXds };
  const insecure = ServerCredentials.createInsecure();
  const server = await listenGrpc(where, insecure, (services) => xds.addTo(services));
  resources.defer(() => server.close());
  resources.defer(() => xds.close(STOPPING));
  return server.port;
}
