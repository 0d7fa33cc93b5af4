import { buildGatewayListener } from "../gateway/gateway-listener.ts";
import { gatewayPorts } from "../gateway/gateway-port.ts";
import type { Scope } from "../scope.ts";
import type { RoleResources } from "./role-resources.ts";

/** A gateway: listens where Gateway resources that select it say, and follows the rules bound to them. */
export function translateGateway(scope: Scope): RoleResources {
  const parts = gatewayPorts(scope).flatMap((port) => buildGatewayListener(port, scope) ?? []);
  return {
    listeners: parts.map(({ listener }) => listener),
    routes: parts.flatMap(({ routes }) => routes),
    clusters: [],
  };
}
