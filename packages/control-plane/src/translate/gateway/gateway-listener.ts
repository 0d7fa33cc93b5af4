import { create } from "@bufbuild/protobuf";
import { TrafficDirection } from "@weft/api/envoy/config/core/v3/base_pb.js";
import {
  type FilterChain,
  FilterChainMatchSchema,
  FilterChainSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import { type Listener, ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { distinctServerNames } from "../listener/distinct-server-names.ts";
import { buildHttpManager } from "../listener/http-connection-manager.ts";
import { tlsInspector } from "../listener/listener-filter.ts";
import { TRANSPORT_SOCKET_CONNECT_TIMEOUT_MS } from "../listener/outbound-tcp-chains.ts";
import { CONNECTIONS_PER_SOCKET_EVENT } from "../listener/socket-event.ts";
import { socketAddress } from "../message/address.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { listenerName } from "../names.ts";
import { originMetadata } from "../origin.ts";
import type { Scope } from "../scope.ts";
import { gatewayServerTls } from "../tls/gateway-tls.ts";
import { buildGatewayL4Chains } from "./gateway-l4-chains.ts";
import type { BoundServer, GatewayPort } from "./gateway-port.ts";
import { buildGatewayRoutes } from "./gateway-routes.ts";

/** A listener of a gateway and the routes it names. `undefined`: nothing would ever be served there. */
export function buildGatewayListener(gatewayPort: GatewayPort, scope: Scope) {
  const { address, port, servers } = gatewayPort;
  const [first] = servers;
  if (first === undefined) return undefined;
  const name = listenerName(address, port);
  const parts = first.kind === "http" ? httpParts(gatewayPort, scope) : l4Parts(gatewayPort, scope);
  if (parts.chains.length === 0) return undefined;
  const listener: Listener = create(ListenerSchema, {
    name,
    address: socketAddress(address, port),
    filterChains: parts.chains,
    listenerFilters: first.kind === "http" || first.kind === "tcp" ? [] : [tlsInspector()],
    maxConnectionsToAcceptPerSocketEvent: CONNECTIONS_PER_SOCKET_EVENT,
    trafficDirection: TrafficDirection.OUTBOUND,
  });
  return { listener, routes: parts.routes };
}

function httpParts({ bind, address, port, servers }: GatewayPort, scope: Scope) {
  const routes = bind === "" ? `http.${port}` : `http.${port}.${bind}`;
  const chain = httpChain(routes, listenerName(address, port), servers[0], scope);
  return { chains: [chain], routes: [buildGatewayRoutes(routes, servers, scope)] };
}

function l4Parts({ bind, address, port, servers }: GatewayPort, scope: Scope) {
  const https = servers.filter(({ kind }) => kind === "https");
  const others = servers.filter(({ kind }) => kind !== "https");
  const taken = new Set<string>();
  const chains = https.flatMap((bound) => {
    const names = freeServerNames(bound, taken, scope);
    if (names === undefined) return [];
    const chain = httpChain(routeName(bound, bind), listenerName(address, port), bound, scope);
    chain.transportSocket = gatewayServerTls(bound.server, scope.config.trustDomain);
    if (names.length > 0) {
      chain.filterChainMatch = create(FilterChainMatchSchema, { serverNames: names });
    }
    return [chain];
  });
  return {
    chains: distinctServerNames([
      ...chains,
      ...others.flatMap((bound) => buildGatewayL4Chains(bound, taken, scope)),
    ]),
    routes: https.map((bound) => buildGatewayRoutes(routeName(bound, bind), [bound], scope)),
  };
}

function httpChain(
  routes: string,
  listener: string,
  bound: BoundServer | undefined,
  scope: Scope,
): FilterChain {
  return create(FilterChainSchema, {
    filters: [
      buildHttpManager({ direction: "gateway", statPrefix: `outbound_${listener}`, routes }, scope),
    ],
    transportSocketConnectTimeout: durationFromMs(TRANSPORT_SOCKET_CONNECT_TIMEOUT_MS),
    metadata: originMetadata(bound?.server.origin),
  });
}

/** `https.443.https.secure.bookinfo`: the server's own port, not the one that is bound. */
function routeName({ server, gateway }: BoundServer, bind: string): string {
  const { number, name } = server.port;
  const base = `https.${number}.${name}.${gateway.name}.${gateway.namespace}`;
  return bind === "" ? base : `${base}.${bind}`;
}

/** SNI that no older server of the port has; empty: any; `undefined`: none is left. */
function freeServerNames(
  { server, index }: BoundServer,
  taken: Set<string>,
  scope: Scope,
): string[] | undefined {
  const hosts = server.hosts.map(({ host }) => host);
  const free = hosts.filter((host) => !taken.has(host));
  for (const host of hosts) taken.add(host);
  if (free.length < hosts.length) {
    scope.report(server.origin, {
      code: "Conflict",
      field: `spec.servers[${index}].hosts`,
      message: `an older server of port ${server.port.number} has the same hosts`,
      remedy: "give each host to one server of the port",
    });
  }
  if (free.length === 0) return undefined;
  return free.includes("*") ? [] : free;
}
