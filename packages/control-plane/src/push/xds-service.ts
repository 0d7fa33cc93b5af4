import { type Clock, ConfigError, type Log } from "@weft/core";
import { createXdsServer, type XdsConnection, type XdsPeer, type XdsServer } from "@weft/xds";
import type { AuthorizeXds } from "../auth/xds-authorization.ts";
import type { Problem } from "../model/problem.ts";
import type { ControlPlaneMetrics } from "../server/control-plane-metrics.ts";
import type { ProblemBoard } from "../snapshot/problem-board.ts";
import { parseProxyNode } from "../translate/index.ts";
import type { NackLog } from "./nack-log.ts";
import type { ConnectedProxy, Pusher } from "./pusher.ts";
import { refusalProblems } from "./refusal-problems.ts";

/** What {@link createXdsService} ties together. */
export interface XdsServiceConfig {
  readonly authorize: AuthorizeXds;
  readonly pusher: Pusher;
  readonly nacks: NackLog;
  readonly problems: ProblemBoard;
  readonly metrics: ControlPlaneMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** The xDS server whose streams the pusher feeds. */
export function createXdsService(config: XdsServiceConfig): XdsServer {
  const { pusher, nacks, metrics, clock, log } = config;
  const tellRefusals = () =>
    config.problems.set("refusal", pusher.proxies.flatMap(presentRefusals));
  /** Version that each stream was last seen to have in full. */
  const converged = new WeakMap<XdsConnection, string>();
  const observeConvergence = (connection: XdsConnection) => {
    const proxy = pusher.proxy(connection);
    if (proxy === undefined || converged.get(connection) === proxy.version) return;
    if (!connection.session.status().every(({ isSynced }) => isSynced)) return;
    converged.set(connection, proxy.version);
    metrics.observeConvergence(clock.nowMs() - proxy.sinceMs);
  };
  return createXdsServer({
    clock,
    controlPlaneId: "weft",
    authorize: (peer) => config.authorize(peer) ?? nodeFault(peer),
    onConnect(connection) {
      log.info("a proxy connected", { proxy: connection.node.id, variant: connection.variant });
      pusher.connect(connection, parseProxyNode(connection.node));
      metrics.setConnected(pusher.proxies.length);
    },
    onDisconnect(connection) {
      log.info("a proxy disconnected", { proxy: connection.node.id });
      pusher.disconnect(connection);
      metrics.setConnected(pusher.proxies.length);
      // What it refused stays told: it will come back, and a mesh that stops has not solved anything.
    },
    onRequest(connection, type, verdict, { nackMessage }) {
      const { node } = connection;
      if (verdict === "nack") {
        metrics.countNack(type);
        nacks.add(node.id, type.shortName, nackMessage ?? "");
      }
      if (verdict === "ack") observeConvergence(connection);
      if (verdict === "nack" || verdict === "ack") tellRefusals();
    },
    onSend: (_connection, { typeUrl }) => metrics.countPush(typeUrl),
  });
}

function presentRefusals({ connection, node, resources }: ConnectedProxy): readonly Problem[] {
  return connection.session.status().flatMap(({ type: { typeUrl }, nackMessage }) => {
    const sent = resources?.get(typeUrl);
    if (nackMessage === undefined || sent === undefined) return [];
    return refusalProblems({ podName: node.podName, typeUrl, message: nackMessage, sent });
  });
}

function nodeFault({ node }: XdsPeer): string | undefined {
  try {
    parseProxyNode(node);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.message;
    throw thrown;
  }
}
