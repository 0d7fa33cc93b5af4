import { create } from "@bufbuild/protobuf";
import {
  type FilterChain,
  FilterChainSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import type { Origin } from "../../model/resource.ts";
import type { Service, ServicePort } from "../../model/service.ts";
import type { L4Destination, VirtualService } from "../../model/virtual-service.ts";
import { mostSpecificMatch } from "../../registry/host-match.ts";
import { resolveTrafficPolicy } from "../cluster/traffic-policy.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { outboundClusterName } from "../names.ts";
import { originMetadata } from "../origin.ts";
import { isTls } from "../protocol.ts";
import { l4MatchApplies } from "../route/rule/applies.ts";
import { destinationCluster } from "../route/rule/destination-cluster.ts";
import type { Scope } from "../scope.ts";
import { distinctServerNames } from "./distinct-server-names.ts";
import { buildTcpProxy, type TcpTarget } from "./tcp-proxy.ts";

/** Istio's limit for a handshake. */
export const TRANSPORT_SOCKET_CONNECT_TIMEOUT_MS = 15_000;

/** The chains of one service's TCP or TLS port. */
export interface OutboundTcpChains {
  /** By SNI where the port carries TLS, else one for everything. */
  readonly chains: FilterChain[];
  /** What takes the rest, where the chains do not take everything. */
  readonly fallback: FilterChain | undefined;
}

/** As the VirtualService for the service's host says, else straight to the service. */
export function buildOutboundTcpChains(
  service: Service,
  port: ServicePort,
  scope: Scope,
): OutboundTcpChains {
  const straight = [
    {
      cluster: outboundClusterName({ port: port.port, subset: "", host: service.hostname }),
      weight: 1,
    },
  ];
  const ruled = virtualServiceOf(service, scope);
  const tls = ruled === undefined || !isTls(port) ? [] : tlsChains(ruled, service, port, scope);
  if (tls.length > 0) {
    return { chains: tls, fallback: tcpChain(straight, [], service.origin, service, port, scope) };
  }
  const tcp = ruled === undefined ? undefined : tcpRule(ruled, port, scope);
  const targets = tcp?.targets ?? straight;
  const origin = tcp?.origin ?? service.origin;
  return { chains: [tcpChain(targets, [], origin, service, port, scope)], fallback: undefined };
}

/** A chain that leads to `targets`; `serverNames` empty: whatever the SNI. */
export function tcpChain(
  targets: readonly TcpTarget[],
  serverNames: readonly string[],
  origin: Origin,
  service: Service | undefined,
  port: ServicePort | undefined,
  scope: Scope,
): FilterChain {
  return create(FilterChainSchema, {
    ...(serverNames.length === 0 ? {} : { filterChainMatch: { serverNames: [...serverNames] } }),
    filters: [
      buildTcpProxy(targets, scope, { idleTimeoutMs: idleTimeoutMs(service, port, scope) }),
    ],
    transportSocketConnectTimeout: durationFromMs(TRANSPORT_SOCKET_CONNECT_TIMEOUT_MS),
    metadata: originMetadata(origin),
  });
}

/** The clusters of a TCP or TLS rule. */
export function l4Targets(
  route: readonly L4Destination[],
  port: number,
  scope: Scope,
): TcpTarget[] {
  return route.map(({ destination, weight }) => ({
    cluster: destinationCluster(destination, { scope, port }),
    weight: route.length === 1 ? 1 : weight,
  }));
}

function virtualServiceOf(service: Service, scope: Scope): VirtualService | undefined {
  const byHost = new Map<string, VirtualService>();
  for (const each of scope.registry.virtualServices(scope.proxy.namespace, "mesh")) {
    if (each.tls.length + each.tcp.length === 0) continue;
    for (const host of each.hosts) if (!byHost.has(host)) byHost.set(host, each);
  }
  return byHost.get(mostSpecificMatch(service.hostname, byHost.keys()) ?? "");
}

function tlsChains(
  { tls }: VirtualService,
  service: Service,
  port: ServicePort,
  scope: Scope,
): FilterChain[] {
  const place = { proxy: scope.proxy, gateway: "mesh", port: port.port };
  const chains = tls.flatMap(({ match, route, origin }) =>
    match
      .filter((each) => l4MatchApplies(each, place))
      .map(({ sniHosts }) => {
        const targets = l4Targets(route, port.port, scope);
        return tcpChain(targets, sniHosts, origin, service, port, scope);
      }),
  );
  return distinctServerNames(chains);
}

function tcpRule({ tcp }: VirtualService, port: ServicePort, scope: Scope) {
  const place = { proxy: scope.proxy, gateway: "mesh", port: port.port };
  for (const { match, route, origin } of tcp) {
    if (match.length > 0 && !match.some((each) => l4MatchApplies(each, place))) continue;
    return { origin, targets: l4Targets(route, port.port, scope) };
  }
  return undefined;
}

/** The destination's TCP idle timeout holds on the caller's side of it. */
function idleTimeoutMs(
  service: Service | undefined,
  port: ServicePort | undefined,
  scope: Scope,
): number | undefined {
  if (service === undefined || port === undefined) return undefined;
  const rule = scope.registry.destinationRule(scope.proxy, service);
  return resolveTrafficPolicy(rule, undefined, port.port).connectionPool?.tcp.idleTimeoutMs;
}
