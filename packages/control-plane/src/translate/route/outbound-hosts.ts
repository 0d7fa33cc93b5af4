import type { Route, VirtualHost } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type { Service, ServicePort } from "../../model/service.ts";
import type { VirtualService } from "../../model/virtual-service.ts";
import { mostSpecificMatch } from "../../registry/host-match.ts";
import { compareText, type Scope } from "../scope.ts";
import { buildVirtualServiceRoutes } from "./rule/virtual-service-routes.ts";
import { serviceDomains } from "./service-domains.ts";
import { buildDefaultRoute, buildVirtualHost } from "./virtual-host.ts";

/** A service's port, or a host that only a VirtualService knows, and what is done with its requests. */
export interface OutboundHost {
  readonly host: string;
  readonly port: number;
  /** Without ports. */
  readonly domains: readonly string[];
  readonly service: Service | undefined;
  readonly servicePort: ServicePort | undefined;
  readonly routes: readonly Route[];
}

/** Port of the hosts that only a VirtualService knows. */
const VIRTUAL_HOST_PORT = 80;

/**
 * The hosts of one port as sidecars of the mesh see them, by name. `selectPort` says which service ports
 * take part.
 */
export function outboundHosts(
  scope: Scope,
  port: number,
  selectPort: (port: ServicePort, service: Service) => boolean,
): readonly OutboundHost[] {
  const rules = rulesByHost(scope);
  const hosts: OutboundHost[] = [];
  for (const service of scope.services) {
    const servicePort = service.ports.find((each) => each.port === port);
    if (servicePort === undefined || !selectPort(servicePort, service)) continue;
    hosts.push(serviceHost(scope, service, servicePort, rules));
  }
  if (port === VIRTUAL_HOST_PORT) hosts.push(...ruleOnlyHosts(scope, rules, hosts));
  return hosts.sort((a, b) => compareText(a.host, b.host));
}

/** A host of a port's route configuration, where ports in `Host` do not count. */
export function portVirtualHost({ host, port, domains, routes }: OutboundHost): VirtualHost {
  return buildVirtualHost(`${host}:${port}`, domains, routes);
}

/** The oldest VirtualService of each host, for sidecars. */
function rulesByHost({ registry, proxy }: Scope): ReadonlyMap<string, VirtualService> {
  const found = new Map<string, VirtualService>();
  for (const each of registry.virtualServices(proxy.namespace, "mesh")) {
    if (each.http.length === 0) continue;
    for (const host of each.hosts) if (!found.has(host)) found.set(host, each);
  }
  return found;
}

function serviceHost(
  scope: Scope,
  service: Service,
  servicePort: ServicePort,
  rules: ReadonlyMap<string, VirtualService>,
): OutboundHost {
  const { hostname: host } = service;
  const { port } = servicePort;
  const ruled = rules.get(mostSpecificMatch(host, rules.keys()) ?? "");
  const routes =
    ruled === undefined ? [] : buildVirtualServiceRoutes(ruled, { scope, port, gateway: "mesh" });
  return {
    host,
    port,
    domains: serviceDomains(service, scope.proxy.dnsDomain),
    service,
    servicePort,
    // Rules that cannot hold for this proxy leave the service as if there were none.
    routes: routes.length > 0 ? routes : [buildDefaultRoute(service, servicePort, scope)],
  };
}

/**
 * Istio gives hosts without a service of port 80 a place there. Its rules see only services of that port,
 * so other destinations must name their port.
 */
function ruleOnlyHosts(
  scope: Scope,
  rules: ReadonlyMap<string, VirtualService>,
  hosts: readonly OutboundHost[],
): readonly OutboundHost[] {
  const taken = new Set(hosts.map((each) => each.host));
  const port = VIRTUAL_HOST_PORT;
  const isKnown = (service: Service) => service.ports.some((each) => each.port === port);
  return [...rules].flatMap(([host, virtualService]) => {
    if (taken.has(host)) return [];
    const routes = buildVirtualServiceRoutes(virtualService, {
      scope,
      port,
      gateway: "mesh",
      isKnown,
    });
    const plain = { service: undefined, servicePort: undefined };
    return routes.length === 0 ? [] : [{ host, port, domains: [host], ...plain, routes }];
  });
}
