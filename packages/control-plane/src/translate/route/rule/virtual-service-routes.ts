import type { Route } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type { VirtualService } from "../../../model/virtual-service.ts";
import { matchApplies } from "./applies.ts";
import type { DestinationContext } from "./destination-cluster.ts";
import { buildHttpRoute } from "./http-route.ts";
import { isCatchAll } from "./route-match.ts";

/** Where a VirtualService's rules are used. */
export interface RulesContext extends DestinationContext {
  /** `mesh`, or `namespace/name` of a Gateway. */
  readonly gateway: string;
}

/**
 * The routes that a VirtualService's HTTP rules make for one proxy at one port, in order, up to the first
 * that matches everything. Empty when no rule can hold there.
 */
export function buildVirtualServiceRoutes(
  virtualService: VirtualService,
  context: RulesContext,
): Route[] {
  const { scope, gateway, port } = context;
  const place = { proxy: scope.proxy, gateway, port };
  const routes: Route[] = [];
  for (const rule of virtualService.http) {
    const alternatives = rule.match.length === 0 ? [undefined] : rule.match;
    for (const match of alternatives) {
      if (match !== undefined && !matchApplies(match, place)) continue;
      const route = buildHttpRoute(rule, match, { ...context, virtualService });
      routes.push(route);
      if (route.match !== undefined && isCatchAll(route.match)) return routes;
    }
  }
  return routes;
}
