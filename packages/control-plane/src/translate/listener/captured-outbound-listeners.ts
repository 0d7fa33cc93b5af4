import { create } from "@bufbuild/protobuf";
import { TrafficDirection } from "@weft/api/envoy/config/core/v3/base_pb.js";
import {
  type FilterChain,
  FilterChainMatchSchema,
  FilterChainSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import { type Listener, ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import type { Service, ServicePort } from "../../model/service.ts";
import { cidrRange, socketAddress } from "../message/address.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { listenerName, sniffedRouteName } from "../names.ts";
import { inspectionOf, isTls } from "../protocol.ts";
import type { Scope } from "../scope.ts";
import { distinctServerNames } from "./distinct-server-names.ts";
import { buildHttpManager } from "./http-connection-manager.ts";
import { needsTls } from "./inspectors.ts";
import { httpInspector, tlsInspector } from "./listener-filter.ts";
import {
  buildOutboundTcpChains,
  TRANSPORT_SOCKET_CONNECT_TIMEOUT_MS,
} from "./outbound-tcp-chains.ts";
import { buildTcpProxy } from "./tcp-proxy.ts";
import { unknownTarget } from "./virtual-outbound-listener.ts";

/** What the HTTP inspector finds in plain bytes. */
const PLAIN_HTTP = ["http/1.1", "h2c"];

const ANY_ADDRESS = "0.0.0.0";

/** A service's port, seen at one address. */
interface Captured {
  readonly service: Service;
  readonly port: ServicePort;
  /** `0.0.0.0`: any, or those of {@link ranges}. */
  readonly address: string;
  /** CIDRs; empty: all of {@link address}. */
  readonly ranges: readonly string[];
}

/**
 * With capture: one listener for all HTTP services of a port, one for each address and port of other
 * services. None of them binds: `virtualOutbound` hands connections over by their original destination.
 */
export function buildCapturedOutboundListeners(scope: Scope): Listener[] {
  const byListener = new Map<string, Captured[]>();
  for (const captured of capturedPorts(scope)) {
    const key = listenerName(captured.address, captured.port.port);
    byListener.set(key, [...(byListener.get(key) ?? []), captured]);
  }
  return [...byListener].map(([name, captured]) => buildListener(name, captured, scope));
}

/** The route configurations that those listeners name: by number, or by host where bytes decide. */
export function capturedRouteNames(scope: Scope): {
  readonly ports: readonly number[];
  readonly sniffed: readonly (readonly [Service, ServicePort])[];
} {
  const all = capturedPorts(scope);
  const http = all.filter(({ port }) => inspectionOf(port) === "http");
  const auto = all.filter(({ port }) => inspectionOf(port) === "auto");
  return {
    ports: [...new Set(http.map(({ port }) => port.port))],
    sniffed: auto.map(({ service, port }) => [service, port] as const),
  };
}

function capturedPorts(scope: Scope): Captured[] {
  return scope.services.flatMap((service) =>
    service.ports.flatMap((port) => {
      const inspection = inspectionOf(port);
      if (inspection === undefined) return [];
      return placesOf(service, port, scope).map((place) => ({ service, port, ...place }));
    }),
  );
}

const ANYWHERE = { address: ANY_ADDRESS, ranges: [] };

/**
 * HTTP tells its services apart by itself. A headless service has the addresses of its pods, but for the
 * proxy's own: an application calls itself without the proxy.
 */
function placesOf(service: Service, port: ServicePort, scope: Scope) {
  if (inspectionOf(port) === "http") return [ANYWHERE];
  if (service.isHeadless && !isTls(port)) {
    return scope.registry
      .endpoints(service, port, {})
      .filter(({ address }) => address !== scope.proxy.address)
      .map(({ address }) => ({ address, ranges: [] }));
  }
  const ranges = service.addresses.filter((address) => address.includes("/"));
  const single = service.addresses.filter((address) => !address.includes("/"));
  return [
    ...single.map((address) => ({ address, ranges: [] })),
    ...(ranges.length > 0 ? [{ address: ANY_ADDRESS, ranges }] : []),
    ...(service.addresses.length === 0 ? [ANYWHERE] : []),
  ];
}

function buildListener(name: string, captured: readonly Captured[], scope: Scope): Listener {
  const address = captured[0]?.address ?? ANY_ADDRESS;
  const isPlain = ({ port }: Captured) => inspectionOf(port) !== "http" && !isTls(port);
  const http = captured.find(({ port }) => inspectionOf(port) === "http");
  const owner = plainOwner(captured.filter(isPlain), http, scope);
  const ranged = captured.filter((each) => isPlain(each) && each.ranges.length > 0);
  const allTls = captured
    .filter(({ port }) => isTls(port))
    .flatMap((each) => {
      const chains = straightChains(each, scope);
      return address === ANY_ADDRESS ? chains.map((chain) => withSni(chain, each.service)) : chains;
    });
  const tlsChains = distinctServerNames(allTls);
  const httpChains = [
    ...(http === undefined ? [] : [httpChain(name, String(http.port.port), [], scope)]),
    ...[...ranged, ...(owner === undefined ? [] : [owner])]
      .filter(isAuto)
      .map((each) => httpChain(name, sniffedRoutes(each), each.ranges, scope)),
  ];
  const ownChains = owner === undefined ? [] : straightChains(owner, scope);
  const isLast = owner !== undefined && isAuto(owner);
  const rest = owner === undefined && address === ANY_ADDRESS ? passthroughChain(scope) : undefined;
  const fallback = isLast ? ownChains[0] : rest;
  return create(ListenerSchema, {
    name,
    address: socketAddress(address, captured[0]?.port.port ?? 0),
    filterChains: [
      ...httpChains,
      ...tlsChains,
      ...ranged.flatMap((each) => straightChains(each, scope)),
      ...(isLast ? [] : ownChains),
    ],
    ...(fallback === undefined ? {} : { defaultFilterChain: fallback }),
    listenerFilters: [
      ...(tlsChains.some(needsTls) || httpChains.length > Number(http !== undefined)
        ? [tlsInspector()]
        : []),
      ...(httpChains.length > 0 ? [httpInspector()] : []),
    ],
    listenerFiltersTimeout: durationFromMs(scope.config.protocolDetectionTimeoutMs),
    continueOnListenerFiltersTimeout: true,
    trafficDirection: TrafficDirection.OUTBOUND,
    bindToPort: false,
  });
}

function isAuto({ port }: Captured): boolean {
  return inspectionOf(port) === "auto";
}

function sniffedRoutes({ service, port }: Captured): string {
  return sniffedRouteName(service.hostname, port.port);
}

function straightChains({ service, port, ranges }: Captured, scope: Scope): FilterChain[] {
  const { chains } = buildOutboundTcpChains(service, port, scope);
  return ranges.length === 0 ? chains : chains.map((chain) => within(chain, ranges));
}

function within(chain: FilterChain, ranges: readonly string[]): FilterChain {
  const match = create(FilterChainMatchSchema, chain.filterChainMatch);
  match.prefixRanges = ranges.map(cidrRange);
  return create(FilterChainSchema, { ...chain, filterChainMatch: match });
}

/**
 * The one service that has the plain bytes of an address and port, neither HTTP nor TLS, nor of a range:
 * nothing tells several apart, so that the oldest has them, and HTTP services go before it.
 */
function plainOwner(
  plain: readonly Captured[],
  http: Captured | undefined,
  scope: Scope,
): Captured | undefined {
  const rivals = plain
    .filter(({ ranges }) => ranges.length === 0)
    .sort((a, b) => a.service.createdAtMs - b.service.createdAtMs);
  const owner = http ?? rivals[0];
  // What looks like HTTP finds its way among the HTTP services of the port.
  const losers = http === undefined ? rivals.slice(1) : rivals.filter((each) => !isAuto(each));
  for (const each of losers) reportRival(each, owner, scope);
  return http === undefined ? rivals[0] : undefined;
}

function reportRival(
  { service, port, address }: Captured,
  owner: Captured | undefined,
  scope: Scope,
): void {
  scope.report(service.origin, {
    code: "Conflict",
    field: "spec.ports",
    message: `port ${port.port} of ${service.hostname} has no address of its own, and at ${address} it is ${owner?.service.hostname}'s`,
    remedy: "give the service an address, or choose another port",
  });
}

function httpChain(
  listener: string,
  routes: string,
  ranges: readonly string[],
  scope: Scope,
): FilterChain {
  return create(FilterChainSchema, {
    filterChainMatch: {
      prefixRanges: ranges.map(cidrRange),
      transportProtocol: "raw_buffer",
      applicationProtocols: PLAIN_HTTP,
    },
    filters: [
      buildHttpManager(
        { direction: "outbound", statPrefix: `outbound_${listener}`, routes },
        scope,
      ),
    ],
    transportSocketConnectTimeout: durationFromMs(TRANSPORT_SOCKET_CONNECT_TIMEOUT_MS),
  });
}

/** Services without an address share a port: the SNI says which is meant. */
function withSni(chain: FilterChain, { hostname }: Service): FilterChain {
  const match = create(FilterChainMatchSchema, chain.filterChainMatch);
  if (match.serverNames.length === 0) match.serverNames = [hostname];
  return create(FilterChainSchema, { ...chain, filterChainMatch: match });
}

function passthroughChain(scope: Scope): FilterChain {
  return create(FilterChainSchema, {
    name: "PassthroughFilterChain",
    filterChainMatch: {},
    filters: [buildTcpProxy([{ cluster: unknownTarget(scope), weight: 1 }], scope)],
  });
}
