import type { Route, VirtualHost } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type { Service, ServicePort } from "../../model/service.ts";
import type { VirtualService } from "../../model/virtual-service.ts";
import { coversHost, mostSpecificMatch } from "../../registry/host-match.ts";
import { compareText, type Scope } from "../scope.ts";
import { buildVirtualServiceRoutes } from "./rule/virtual-service-routes.ts";
import { serviceDomains } from "./service-domains.ts";
import {
  buildDefaultRoute,
  buildUnknownHosts,
  buildVirtualHost,
  uniqueDomains,
} from "./virtual-host.ts";

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

/** The services of one port as sidecars of the mesh see them. `selectPort` says which ports take part. */
export function serviceHosts(
  scope: Scope,
  port: number,
  selectPort: (port: ServicePort, service: Service) => boolean,
): readonly OutboundHost[] {
  const rules = rulesByHost(scope);
  return scope.services.flatMap((service) => {
    const servicePort = service.ports.find((each) => each.port === port);
    if (servicePort === undefined || !selectPort(servicePort, service)) return [];
    return [serviceHost(scope, service, servicePort, rules)];
  });
}

/**
 * Istio gives hosts that only a VirtualService knows a place at port 80; a wildcard is known as soon as one
 * service is. `isKnown` says which services there are; destinations on other services must name their port.
 */
export function ruleOnlyHosts(
  scope: Scope,
  isKnown: (service: Service) => boolean,
): readonly OutboundHost[] {
  const taken = scope.services.filter(isKnown).map(({ hostname }) => hostname);
  const port = VIRTUAL_HOST_PORT;
  return [...rulesByHost(scope)].flatMap(([host, virtualService]) => {
    if (taken.some((hostname) => coversHost(host, hostname))) return [];
    const context = { scope, port, gateway: "mesh", isKnown };
    const routes = buildVirtualServiceRoutes(virtualService, context);
    const plain = { service: undefined, servicePort: undefined };
    return routes.length === 0 ? [] : [{ host, port, domains: [host], ...plain, routes }];
  });
}

/** The virtual hosts of one port's route configuration, by name; ports in `Host` do not count there. */
export function portVirtualHosts(
  scope: Scope,
  port: number,
  selectPort: (port: ServicePort, service: Service) => boolean,
): VirtualHost[] {
  const isKnown = ({ ports }: Service) => ports.some((each) => each.port === port);
  const hosts = [
    ...serviceHosts(scope, port, selectPort),
    ...(port === VIRTUAL_HOST_PORT ? ruleOnlyHosts(scope, isKnown) : []),
  ];
  const sorted = hosts.sort((a, b) => compareText(a.host, b.host)).map(portVirtualHost);
  return [...uniqueDomains(sorted), buildUnknownHosts(scope)];
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

function portVirtualHost({ host, port, domains, routes }: OutboundHost): VirtualHost {
  return buildVirtualHost(`${host}:${port}`, domains, routes);
}
