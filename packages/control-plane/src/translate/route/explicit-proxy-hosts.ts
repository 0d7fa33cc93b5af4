import { create } from "@bufbuild/protobuf";
import {
  type Route,
  RouteMatchSchema,
  RouteSchema,
  type VirtualHost,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { type ExplicitTarget, explicitTargets } from "../explicit-target.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { originMetadata } from "../origin.ts";
import { mayBeHttp } from "../protocol.ts";
import { compareText, type Scope } from "../scope.ts";
import { type OutboundHost, ruleOnlyHosts, serviceHosts } from "./outbound-hosts.ts";
import { serviceDomains } from "./service-domains.ts";
import { buildUnknownHosts, buildVirtualHost, uniqueDomains } from "./virtual-host.ts";

/** Port of a URL that names none. */
const DEFAULT_HTTP_PORT = 80;

/**
 * The virtual hosts of the explicit HTTP proxy: every host and port, for requests in absolute form (or by
 * their `Host`) and for CONNECT. Unlike those of one port, they tell ports apart.
 */
export function explicitProxyHosts(scope: Scope): VirtualHost[] {
  const targets = explicitTargets(scope);
  const ports = [...new Set(targets.map(({ port }) => port.port))].sort((a, b) => a - b);
  const http = ports.flatMap((port) => serviceHosts(scope, port, mayBeHttp));
  const byKey = new Map(http.map((each) => [hostKey(each.host, each.port), each]));
  const bareOwner = bareOwners(http);
  const hosts = [
    ...targets.map((target) => targetHost(target, byKey, bareOwner, scope)),
    ...ruleOnlyHosts(scope, () => true).map((each) => proxyHost(each, [], true)),
  ];
  const sorted = hosts.sort((a, b) => compareText(a.name, b.name));
  return [...uniqueDomains(sorted), unknownHosts(scope)];
}

function targetHost(
  target: ExplicitTarget,
  http: ReadonlyMap<string, OutboundHost>,
  bareOwner: ReadonlyMap<string, number>,
  scope: Scope,
): VirtualHost {
  const { service, port } = target;
  const { hostname: host } = service;
  const found = http.get(hostKey(host, port.port));
  const domains = serviceDomains(service, scope.proxy.dnsDomain);
  const outbound = found ?? { host, port: port.port, domains, routes: [] };
  return proxyHost(outbound, [connectRoute(target)], bareOwner.get(host) === port.port);
}

function proxyHost(
  { host, port, domains, routes }: Pick<OutboundHost, "host" | "port" | "domains" | "routes">,
  before: readonly Route[],
  ownsBareName: boolean,
): VirtualHost {
  const withPort = domains.map((domain) => `${domain}:${port}`);
  const all = ownsBareName ? [...domains, ...withPort] : withPort;
  return buildVirtualHost(`${host}:${port}`, all, [...before, ...routes]);
}

/** Which port a host without one means: 80 where there is one, else the host's lowest HTTP port. */
function bareOwners(hosts: readonly OutboundHost[]): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  for (const { host, port } of hosts) {
    if (!owners.has(host) || port === DEFAULT_HTTP_PORT) owners.set(host, port);
  }
  return owners;
}

/** CONNECT: the bytes go on into the internal listener, as if they had come there by themselves. */
function connectRoute({ service, connectCluster }: ExplicitTarget): Route {
  return create(RouteSchema, {
    name: "connect",
    match: connectMatch(),
    action: {
      case: "route",
      value: {
        clusterSpecifier: { case: "cluster", value: connectCluster },
        timeout: durationFromMs(0),
        upgradeConfigs: [{ upgradeType: "CONNECT", connectConfig: {} }],
      },
    },
    metadata: originMetadata(service.origin),
  });
}

/** A CONNECT request has no path, so that no prefix would match it. */
function unknownHosts(scope: Scope): VirtualHost {
  const host = buildUnknownHosts(scope);
  const [route] = host.routes;
  const { action } = route ?? {};
  if (action !== undefined) {
    host.routes.unshift(create(RouteSchema, { name: "connect", match: connectMatch(), action }));
  }
  return host;
}

function connectMatch() {
  return create(RouteMatchSchema, { pathSpecifier: { case: "connectMatcher", value: {} } });
}

function hostKey(host: string, port: number): string {
  return `${host}:${port}`;
}
