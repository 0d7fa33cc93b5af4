/**
 * The composition root of the control plane. In: folders of resources, proxies that connect. Out:
 * certificates and configuration for them, problems for people. One instance per mesh.
 */
import { X509Certificate } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ServerCredentials } from "@grpc/grpc-js";
import type { Clock, Log } from "@weft/core";
import { createXdsAuthorization } from "./auth/xds-authorization.ts";
import { openCertificateAuthority } from "./ca/certificate-authority.ts";
import { addCertificateService } from "./ca/certificate-service.ts";
import { openServerCertificate } from "./ca/server-certificate.ts";
import type { Mesh } from "./model/mesh.ts";
import type { Problem } from "./model/problem.ts";
import type { ProxyNode } from "./model/proxy-node.ts";
import { NackLog } from "./push/nack-log.ts";
import { Pusher } from "./push/pusher.ts";
import { createXdsService } from "./push/xds-service.ts";
import { ControlPlaneMetrics } from "./server/control-plane-metrics.ts";
import { debugPages } from "./server/debug-pages.ts";
import { listenGrpc } from "./server/grpc-server.ts";
import { listenHttp } from "./server/http-server.ts";
import { Metrics } from "./server/metrics.ts";
import { RenewedCredentials } from "./server/renewed-credentials.ts";
import type { OpenConfigSource } from "./snapshot/config-source.ts";
import { createDebounce } from "./snapshot/debounce.ts";
import { createProblemBoard } from "./snapshot/problem-board.ts";
import { createSnapshotter, type Snapshot } from "./snapshot/snapshot.ts";
import type { ProxyResources } from "./translate/index.ts";

/** Everything that {@link createControlPlane} needs; nothing is read from the environment. */
export interface ControlPlaneConfig {
  readonly openSource: OpenConfigSource;
  readonly translate: (snapshot: Snapshot, proxy: ProxyNode) => ProxyResources;
  /** Holds `ca/` and `run/tokens/`. */
  readonly stateFolder: string;
  /** Where all servers listen. */
  readonly address: string;
  /** 0 takes a free port; `plaintextXds: undefined` does not serve xDS without identity. */
  readonly ports: {
    readonly xds: number;
    readonly plaintextXds: number | undefined;
    readonly http: number;
  };
  readonly trustDomain: string;
  readonly workloadCertificateLifetimeMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** All present problems, each time they may have changed. */
  readonly onProblems?: (problems: readonly Problem[]) => void;
}

/** A running control plane. */
export interface ControlPlane {
  /** The ports that are bound. */
  readonly ports: {
    readonly xds: number;
    readonly plaintextXds: number | undefined;
    readonly http: number;
  };
  /** Ends all streams and releases all ports. Idempotent. */
  close(): Promise<void>;
}

/** Names that the control plane's own certificate carries; proxies dial the first. */
const SERVER_NAMES = ["istiod.istio-system.svc", "istiod.istio-system.svc.cluster.local"];
const SERVER_LIFETIME_MS = 24 * 3_600_000;
/** Istio's own figure for the first; the second keeps a steady trickle of changes from starving. */
const DEBOUNCE = { quietMs: 100, maxMs: 1000 };

const STOPPING = "the control plane stops";

/** Starts everything; settles when the configuration was read and all ports are bound. */
export async function createControlPlane(config: ControlPlaneConfig): Promise<ControlPlane> {
  const { stateFolder, trustDomain, clock, log, address, ports } = config;
  const closers: (() => void | Promise<void>)[] = [];
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    // The last thing opened is the first to go.
    for (const closer of closers.reverse()) await closer();
  };

  try {
    // Identity first: without it nothing may be served.
    const ca = await openCertificateAuthority({
      folder: join(stateFolder, "ca"),
      trustDomain,
      workloadLifetimeMs: config.workloadCertificateLifetimeMs,
      clock,
    });
    const tokenFolder = join(stateFolder, "run", "tokens");
    await mkdir(tokenFolder, { recursive: true, mode: 0o700 });

    const metrics = new Metrics();
    const counts = new ControlPlaneMetrics(metrics);
    const nacks = new NackLog(clock, log);
    const problems = createProblemBoard((all) => {
      counts.setProblems(all.length);
      config.onProblems?.(all);
    });
    const pusher = new Pusher({
      translate: config.translate,
      clock,
      log,
      onProblems: (found) => problems.set("translate", found),
    });
    closers.push(() => pusher.close());

    const root = new X509Certificate(ca.rootCertificatePem);
    const authorize = createXdsAuthorization({ root, trustDomain, clock });
    const service = { pusher, nacks, problems, metrics: counts, clock, log };

    // Ports before configuration: a port that is taken should be known at once.
    const isReady = () => pusher.version !== "";
    const pages = debugPages({ metrics, pusher, nacks, isReady });
    const http = await listenHttp({ address, port: ports.http }, pages);
    closers.push(() => http.close());

    const serverCertificate = await openServerCertificate(
      { ca, dnsNames: SERVER_NAMES, lifetimeMs: SERVER_LIFETIME_MS, clock, log },
      (identity) => credentials.renew(identity),
    );
    closers.push(() => serverCertificate.close());
    const credentials = new RenewedCredentials(ca.rootCertificatePem, serverCertificate.current);
    const xds = createXdsService({ ...service, authorize });
    const secure = await listenGrpc({ address, port: ports.xds }, credentials, (server) => {
      const onOutcome = counts.countCertificate.bind(counts);
      addCertificateService(server, { ca, tokenFolder, clock, log, onOutcome });
      xds.addTo(server);
    });
    closers.push(() => secure.close());
    closers.push(() => xds.close(STOPPING));

    let plaintextPort: number | undefined;
    if (ports.plaintextXds !== undefined) {
      // Whoever reaches this port is believed: for debugging with foreign tools only.
      const open = createXdsService({ ...service, authorize: () => undefined });
      const where = { address, port: ports.plaintextXds };
      const insecure = ServerCredentials.createInsecure();
      const plaintext = await listenGrpc(where, insecure, (server) => open.addTo(server));
      plaintextPort = plaintext.port;
      closers.push(() => plaintext.close());
      closers.push(() => open.close(STOPPING));
    }

    const takeSnapshot = createSnapshotter(clock.wallMs());
    let latest: { readonly mesh: Mesh; readonly seenAtMs: number } | undefined;
    const push = () => {
      if (latest === undefined) return;
      counts.setMesh(latest.mesh);
      pusher.update(takeSnapshot(latest.mesh, latest.seenAtMs));
    };
    const debounce = createDebounce({ clock, ...DEBOUNCE }, push);
    closers.push(() => debounce.close());
    const source = config.openSource((mesh, found) => {
      const isFirst = latest === undefined;
      latest = { mesh, seenAtMs: clock.nowMs() };
      problems.set("source", found);
      // Proxies may be waiting for the first; there is nothing to gather yet.
      if (isFirst) push();
      else debounce.notify();
    });
    closers.push(() => source.close());
    await source.start();

    return { ports: { xds: secure.port, plaintextXds: plaintextPort, http: http.port }, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
