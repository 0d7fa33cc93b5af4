import type { RouteConfiguration } from "@weft/api/envoy/config/route/v3/route_pb.js";
import { buildConnectCluster } from "../cluster/connect-cluster.ts";
import { buildInboundCluster } from "../cluster/inbound-cluster.ts";
import { explicitTargets } from "../explicit-target.ts";
import { inboundPorts } from "../inbound-port.ts";
import { buildBoundInboundListeners } from "../listener/bound-inbound-listeners.ts";
import { buildExplicitProxyListener } from "../listener/explicit-proxy-listener.ts";
import { buildInternalListeners } from "../listener/internal-listeners.ts";
import { HTTP_PROXY_ROUTE } from "../names.ts";
import { mayBeHttp } from "../protocol.ts";
import { explicitProxyHosts } from "../route/explicit-proxy-hosts.ts";
import { portVirtualHosts } from "../route/outbound-hosts.ts";
import { buildRouteConfiguration } from "../route/route-configuration.ts";
import type { Scope } from "../scope.ts";
import type { RoleResources } from "./role-resources.ts";

/**
 * A sidecar without capture (`INTERCEPTION_MODE: NONE`): applications call through an explicit HTTP proxy,
 * and are called at ports that the sidecar binds on the pod's own address.
 */
export function translateExplicitSidecar(scope: Scope): RoleResources {
  const targets = scope.proxy.httpProxyPort === 0 ? [] : explicitTargets(scope);
  const httpPorts = targets.filter(({ port }) => mayBeHttp(port)).map(({ port }) => port.port);
  const inbound = inboundPorts(scope).map((each) => buildInboundCluster(each, scope));
  if (targets.length === 0 && scope.proxy.httpProxyPort === 0) {
    return { listeners: buildBoundInboundListeners(scope), routes: [], clusters: inbound };
  }
  return {
    listeners: [
      buildExplicitProxyListener(scope),
      ...buildInternalListeners(scope),
      ...buildBoundInboundListeners(scope),
    ],
    routes: [
      buildRouteConfiguration(HTTP_PROXY_ROUTE, explicitProxyHosts(scope), false),
      ...[...new Set(httpPorts)].map((port) => portRoutes(port, scope)),
    ],
    clusters: [...inbound, ...targets.map((target) => buildConnectCluster(target, scope))],
  };
}

/** What the internal listener of an HTTP port does with its requests. */
function portRoutes(port: number, scope: Scope): RouteConfiguration {
  return buildRouteConfiguration(String(port), portVirtualHosts(scope, port, mayBeHttp), true);
}
