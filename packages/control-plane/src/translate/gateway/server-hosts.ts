import type { VirtualService } from "../../model/virtual-service.ts";
import { coversHost } from "../../registry/host-match.ts";
import type { Scope } from "../scope.ts";
import type { BoundServer } from "./gateway-port.ts";

/** A VirtualService bound to a server, and the hosts that both have. */
export interface BoundRules {
  readonly virtualService: VirtualService;
  /** The narrower of the two names where one is a wildcard. */
  readonly hosts: readonly string[];
}

/** `namespace/name`, as VirtualServices name Gateways. */
export function gatewayKey({ gateway }: BoundServer): string {
  return `${gateway.namespace}/${gateway.name}`;
}

/** The VirtualServices whose rules this server follows, oldest first. */
export function boundRules(bound: BoundServer, { registry, proxy }: Scope): readonly BoundRules[] {
  return registry
    .virtualServices(proxy.namespace, gatewayKey(bound))
    .map((virtualService) => ({ virtualService, hosts: sharedHosts(virtualService, bound) }))
    .filter(({ hosts }) => hosts.length > 0);
}

function sharedHosts(
  virtualService: VirtualService,
  { gateway, server }: BoundServer,
): readonly string[] {
  const shared = new Set<string>();
  for (const { namespace, host: serverHost } of server.hosts) {
    const wanted = namespace === "." ? gateway.namespace : namespace;
    if (wanted !== "*" && wanted !== virtualService.namespace) continue;
    for (const host of virtualService.hosts) {
      if (coversHost(serverHost, host)) shared.add(host);
      else if (coversHost(host, serverHost)) shared.add(serverHost);
    }
  }
  return [...shared];
}
