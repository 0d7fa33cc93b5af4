import { create } from "@bufbuild/protobuf";
import { TrafficDirection } from "@weft/api/envoy/config/core/v3/base_pb.js";
import {
  type FilterChain,
  FilterChainMatchSchema,
  FilterChainSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import { type Listener, ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import type { Service, ServicePort } from "../../model/service.ts";
import { socketAddress } from "../message/address.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { listenerName, sniffedRouteName } from "../names.ts";
import { inspectionOf, isTls } from "../protocol.ts";
import type { Scope } from "../scope.ts";
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
  readonly address: string;
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

function capturedPorts({ services }: Scope): Captured[] {
  return services.flatMap((service) =>
    service.ports.flatMap((port) => {
      const inspection = inspectionOf(port);
      if (inspection === undefined) return [];
      return addressesOf(service, inspection === "http").map((address) => ({
        service,
        port,
        address,
      }));
    }),
  );
}

function addressesOf(service: Service, isHttp: boolean): readonly string[] {
  const own = service.addresses.filter((address) => !address.includes("/"));
  return isHttp || own.length === 0 ? [ANY_ADDRESS] : own;
}

function buildListener(name: string, captured: readonly Captured[], scope: Scope): Listener {
  const http = captured.filter(({ port }) => inspectionOf(port) === "http");
  const [first] = http.length > 0 ? http : captured;
  const isAuto = first !== undefined && inspectionOf(first.port) === "auto";
  const chains = http.length > 0 ? [httpChain(name, portName(http), scope)] : [];
  // Istio lets the protocol that was there first have a port; HTTP and TLS tell themselves apart.
  const tls = captured.filter(({ port }) => isTls(port));
  const others = http.length > 0 ? tls : captured;
  const l4 = others.flatMap(({ service, port }) => {
    const straight = buildOutboundTcpChains(service, port, scope).chains;
    const takesSni = isTls(port) && first?.address === ANY_ADDRESS;
    return takesSni ? straight.map((chain) => withSni(chain, service)) : straight;
  });
  const [one] = l4;
  const address = first?.address ?? ANY_ADDRESS;
  const needsFallback = address === ANY_ADDRESS && (http.length > 0 || tls.length > 0);
  const sniffed =
    isAuto && first !== undefined
      ? [httpChain(name, sniffedRouteName(first.service.hostname, first.port.port), scope)]
      : [];
  return create(ListenerSchema, {
    name,
    address: socketAddress(address, first?.port.port ?? 0),
    filterChains: isAuto ? sniffed : [...chains, ...l4],
    ...(needsFallback ? { defaultFilterChain: passthroughChain(scope) } : {}),
    ...(isAuto && one !== undefined ? { defaultFilterChain: one } : {}),
    listenerFilters: [
      ...(l4.some(needsTls) || isAuto ? [tlsInspector()] : []),
      ...(http.length > 0 || isAuto ? [httpInspector()] : []),
    ],
    listenerFiltersTimeout: durationFromMs(scope.config.protocolDetectionTimeoutMs),
    continueOnListenerFiltersTimeout: true,
    trafficDirection: TrafficDirection.OUTBOUND,
    bindToPort: false,
  });
}

function portName([first]: readonly Captured[]): string {
  return String(first?.port.port ?? 0);
}

function httpChain(listener: string, routes: string, scope: Scope): FilterChain {
  return create(FilterChainSchema, {
    filterChainMatch: { transportProtocol: "raw_buffer", applicationProtocols: PLAIN_HTTP },
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
  const names = chain.filterChainMatch?.serverNames ?? [];
  return create(FilterChainSchema, {
    ...chain,
    filterChainMatch: create(FilterChainMatchSchema, {
      serverNames: names.length > 0 ? names : [hostname],
    }),
  });
}

function passthroughChain(scope: Scope): FilterChain {
  return create(FilterChainSchema, {
    name: "PassthroughFilterChain",
    filterChainMatch: {},
    filters: [buildTcpProxy([{ cluster: unknownTarget(scope), weight: 1 }], scope)],
  });
}
