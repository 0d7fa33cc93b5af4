import {
  type Route,
  type VirtualHost,
  VirtualHost_TlsRequirementType,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type { RouteConfiguration } from "@weft/api/envoy/config/route/v3/route_pb.js";
import { buildRouteConfiguration } from "../route/route-configuration.ts";
import { isCatchAll } from "../route/rule/route-match.ts";
import { buildVirtualServiceRoutes } from "../route/rule/virtual-service-routes.ts";
import { buildVirtualHost } from "../route/virtual-host.ts";
import { compareText, type Scope } from "../scope.ts";
import type { BoundServer } from "./gateway-port.ts";
import { boundRules, gatewayKey } from "./server-hosts.ts";

/**
 * The routes of HTTP servers that share a port, or of one HTTPS server. Rules of several VirtualServices
 * for one host follow each other, those that match everything last.
 */
export function buildGatewayRoutes(
  name: string,
  servers: readonly BoundServer[],
  scope: Scope,
): RouteConfiguration {
  const hosts = new Map<string, VirtualHost>();
  for (const bound of servers) {
    addRules(hosts, bound, scope);
    if (bound.server.tls?.httpsRedirect === true) requireTls(hosts, bound);
  }
  const sorted = [...hosts.values()].sort((a, b) => compareText(a.name, b.name));
  for (const host of sorted) host.routes = catchAllLast(host.routes);
  const port = servers[0]?.server.port.number ?? 0;
  // Without any rule every request is answered 404.
  const used = sorted.length > 0 ? sorted : [buildVirtualHost(`blackhole:${port}`, ["*"], [])];
  return buildRouteConfiguration(name, used, true);
}

function addRules(hosts: Map<string, VirtualHost>, bound: BoundServer, scope: Scope): void {
  const port = bound.server.port.number;
  const gateway = gatewayKey(bound);
  for (const { virtualService, hosts: shared } of boundRules(bound, scope)) {
    const isTls = bound.kind === "https";
    const routes = buildVirtualServiceRoutes(virtualService, { scope, port, gateway, isTls });
    if (routes.length === 0) continue;
    for (const host of shared) {
      const known = hosts.get(host);
      if (known === undefined) hosts.set(host, buildVirtualHost(`${host}:${port}`, [host], routes));
      else known.routes.push(...routes);
    }
  }
}

/** Plain requests for these hosts are sent to HTTPS, whether a rule exists or not. */
function requireTls(hosts: Map<string, VirtualHost>, { server }: BoundServer): void {
  for (const { host } of server.hosts) {
    const known = hosts.get(host) ?? buildVirtualHost(`${host}:${server.port.number}`, [host], []);
    known.requireTls = VirtualHost_TlsRequirementType.ALL;
    hosts.set(host, known);
  }
}

function catchAllLast(routes: readonly Route[]): Route[] {
  const isLast = ({ match }: Route) => match !== undefined && isCatchAll(match);
  return [...routes.filter((each) => !isLast(each)), ...routes.filter(isLast)];
}
