/**
 * The composition root of the control plane. In: folders of resources, proxies that connect. Out:
 * certificates and configuration for them, problems for people. One instance per mesh.
 */
import type { Clock, Log } from "@weft/core";
import { openMeshIdentity } from "./ca/mesh-identity.ts";
import type { Problem } from "./model/problem.ts";
import type { ProxyNode } from "./model/proxy-node.ts";
import { NackLog } from "./push/nack-log.ts";
import { Pusher } from "./push/pusher.ts";
import { ControlPlaneMetrics } from "./server/control-plane-metrics.ts";
import { type ControlPlanePorts, listen } from "./server/listen.ts";
import { Metrics } from "./server/metrics.ts";
import type { OpenConfigSource } from "./snapshot/config-source.ts";
import { followSource } from "./snapshot/follow-source.ts";
import { createProblemBoard } from "./snapshot/problem-board.ts";
import type { Snapshot } from "./snapshot/snapshot.ts";
import type { ProxyResources } from "./translate/index.ts";

/** Everything that {@link createControlPlane} needs; nothing is read from the environment. */
export interface ControlPlaneConfig {
  readonly openSource: OpenConfigSource;
  readonly translate: (snapshot: Snapshot, proxy: ProxyNode) => ProxyResources;
  /** Holds `ca/` and `run/tokens/`. */
  readonly stateFolder: string;
  /** Where all servers listen. */
  readonly address: string;
  readonly ports: ControlPlanePorts;
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
  readonly ports: ControlPlanePorts;
  /** Ends all streams and releases all ports. Idempotent. */
  close(): Promise<void>;
}

/** Starts everything; settles when the configuration was read and all ports are bound. */
export async function createControlPlane(config: ControlPlaneConfig): Promise<ControlPlane> {
  const { clock, log } = config;
  // What is opened last is closed first.
  const resources = new AsyncDisposableStack();
  try {
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
    resources.defer(() => pusher.close());

    // Identity first: without it nothing may be served.
    const identity = await openMeshIdentity(config, resources);
    // Ports before configuration: that one is taken should be known at once.
    const ports = await listen(
      { ...config, identity, pusher, nacks, problems, metrics, counts },
      resources,
    );
    const onSnapshot = (snapshot: Snapshot) => {
      const { trustDomain } = snapshot.mesh.config;
      if (trustDomain !== config.trustDomain) {
        log.error("MeshConfig has another trust domain than the CA, so no peer will be trusted", {
          meshConfig: trustDomain,
          ca: config.trustDomain,
        });
      }
      counts.setMesh(snapshot.mesh);
      pusher.update(snapshot);
    };
    await followSource({ openSource: config.openSource, problems, clock, onSnapshot }, resources);
    return { ports, close: () => resources.disposeAsync() };
  } catch (thrown) {
    await resources.disposeAsync();
    throw thrown;
  }
}
