import { create } from "@bufbuild/protobuf";
import { TrafficDirection } from "@weft/api/envoy/config/core/v3/base_pb.js";
import {
  type FilterChain,
  FilterChainSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import { type Listener, ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { inboundPorts } from "../inbound-port.ts";
import { socketAddress } from "../message/address.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { CLUSTER } from "../names.ts";
import { buildInboundRouteConfiguration } from "../route/inbound-route-configuration.ts";
import type { Scope } from "../scope.ts";
import { buildHttpManager } from "./http-connection-manager.ts";
import { buildInboundChains } from "./inbound-chain.ts";
import { buildInboundPortChains } from "./inbound-port-chains.ts";
import { buildInspectors } from "./inspectors.ts";
import { originalDst } from "./listener-filter.ts";
import { CONNECTIONS_PER_SOCKET_EVENT } from "./socket-event.ts";
import { buildTcpProxy } from "./tcp-proxy.ts";

/** Istio's port of captured inbound connections. */
const INBOUND_CAPTURE_PORT = 15006;

/** Takes all captured inbound connections: by the port they came to, the rest passes through. */
export function buildVirtualInbound(scope: Scope): Listener {
  const ports = inboundPorts(scope);
  const own = new Set(ports.map(({ port }) => port));
  const { namespace, labels } = scope.proxy;
  const others = scope.registry.mtlsPorts(namespace, labels).filter((port) => !own.has(port));
  const filterChains = [
    blackHoleChain(scope),
    ...passthroughChains(undefined, scope),
    ...others.flatMap((port) => passthroughChains(port, scope)),
    ...ports.flatMap((each) => buildInboundPortChains(each, each.port, scope)),
  ];
  return create(ListenerSchema, {
    name: "virtualInbound",
    address: socketAddress("0.0.0.0", INBOUND_CAPTURE_PORT),
    filterChains,
    listenerFilters: [originalDst(), ...buildInspectors(filterChains)],
    listenerFiltersTimeout: durationFromMs(scope.config.protocolDetectionTimeoutMs),
    continueOnListenerFiltersTimeout: true,
    maxConnectionsToAcceptPerSocketEvent: CONNECTIONS_PER_SOCKET_EVENT,
    trafficDirection: TrafficDirection.INBOUND,
  });
}

/** A connection to the capture port itself would otherwise come back for ever. */
function blackHoleChain(scope: Scope): FilterChain {
  const blackHole = { cluster: CLUSTER.blackHole, weight: 1 };
  return create(FilterChainSchema, {
    name: "virtualInbound-blackhole",
    filterChainMatch: { destinationPort: INBOUND_CAPTURE_PORT },
    filters: [buildTcpProxy([blackHole], scope, { isLogged: false })],
  });
}

/** Ports that no service has (`undefined`: all of them): mutual TLS is asked for there as well. */
function passthroughChains(port: number | undefined, scope: Scope): FilterChain[] {
  const cluster = CLUSTER.inboundPassthrough;
  const { namespace, labels } = scope.proxy;
  const routes = buildInboundRouteConfiguration({
    cluster,
    port: 0,
    operationHost: "",
    operationPort: 0,
    origin: undefined,
  });
  return buildInboundChains({
    policy: scope.registry.mtlsPolicy(namespace, labels, port),
    inspection: "auto",
    destinationPort: port ?? 0,
    trustDomain: scope.config.trustDomain,
    origin: undefined,
    name: (isHttp) => (isHttp ? "virtualInbound-catchall-http" : "virtualInbound"),
    filter: (isHttp) =>
      isHttp
        ? buildHttpManager({ direction: "inbound", statPrefix: cluster, routes }, scope)
        : buildTcpProxy([{ cluster, weight: 1 }], scope),
  });
}
