import type { FilterChain } from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import type { L4Match } from "../../model/virtual-service.ts";
import { coversHost } from "../../registry/host-match.ts";
import { l4Targets, tcpChain } from "../listener/outbound-tcp-chains.ts";
import type { Scope } from "../scope.ts";
import { gatewayServerTls } from "../tls/gateway-tls.ts";
import type { BoundServer } from "./gateway-port.ts";
import { type BoundRules, boundRules, gatewayKey } from "./server-hosts.ts";

/**
 * The chains of a server that is not HTTP: TLS passed through by SNI, TLS ended here, or plain TCP. Empty
 * when no VirtualService says where to: such a connection has nowhere to go. Adds the SNI it takes to
 * `taken`.
 */
export function buildGatewayL4Chains(
  bound: BoundServer,
  taken: Set<string>,
  scope: Scope,
): FilterChain[] {
  const { server, kind, index } = bound;
  if (server.tls?.mode === "AUTO_PASSTHROUGH") {
    scope.report(server.origin, {
      code: "Unsupported",
      field: `spec.servers[${index}].tls.mode`,
      message: "AUTO_PASSTHROUGH leads between clusters, and there is only one",
      remedy: "use PASSTHROUGH with a VirtualService",
    });
    return [];
  }
  const rules = boundRules(bound, scope);
  if (kind === "tls-passthrough") {
    return rules.flatMap((each) => passthroughChains(each, bound, taken, scope));
  }
  const chain = rules.map((each) => tcpRuleChain(each, bound, scope)).find(isChain);
  if (chain === undefined) return [];
  if (kind === "tls-terminated") {
    chain.transportSocket = gatewayServerTls(server, scope.config.trustDomain);
  }
  return [chain];
}

function passthroughChains(
  { virtualService, hosts }: BoundRules,
  bound: BoundServer,
  taken: Set<string>,
  scope: Scope,
): FilterChain[] {
  const port = bound.server.port.number;
  return virtualService.tls.flatMap(({ match, route, origin }) =>
    match.flatMap((each) => {
      const names = each.sniHosts.filter(
        (name) => !taken.has(name) && hosts.some((host) => coversHost(host, name)),
      );
      if (names.length === 0 || !applies(each, bound)) return [];
      for (const name of names) taken.add(name);
      const targets = l4Targets(route, port, scope);
      const serverNames = names.includes("*") ? [] : names;
      return [tcpChain(targets, serverNames, origin, undefined, undefined, scope)];
    }),
  );
}

function tcpRuleChain(
  { virtualService, hosts }: BoundRules,
  bound: BoundServer,
  scope: Scope,
): FilterChain | undefined {
  const port = bound.server.port.number;
  const serverNames = bound.kind === "tcp" || hosts.includes("*") ? [] : hosts;
  for (const { match, route, origin } of virtualService.tcp) {
    if (match.length > 0 && !match.some((each) => applies(each, bound))) continue;
    const targets = l4Targets(route, port, scope);
    return tcpChain(targets, serverNames, origin, undefined, undefined, scope);
  }
  return undefined;
}

/** As in Istio a gateway does not look at the source here: whoever calls it, is outside. */
function applies({ port, gateways }: L4Match, bound: BoundServer): boolean {
  if (port !== undefined && port !== bound.server.port.number) return false;
  return gateways.length === 0 || gateways.includes(gatewayKey(bound));
}

function isChain(chain: FilterChain | undefined): chain is FilterChain {
  return chain !== undefined;
}
