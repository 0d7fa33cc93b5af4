import type { RouteConfiguration } from "@weft/api/envoy/config/route/v3/route_pb.js";
import type { Service, ServicePort } from "../../model/service.ts";
import { buildInboundCluster } from "../cluster/inbound-cluster.ts";
import { buildInboundPassthrough, buildPassthrough } from "../cluster/special-clusters.ts";
import { inboundPorts } from "../inbound-port.ts";
import {
  buildCapturedOutboundListeners,
  capturedRouteNames,
} from "../listener/captured-outbound-listeners.ts";
import { buildVirtualInbound } from "../listener/virtual-inbound-listener.ts";
import { buildVirtualOutbound } from "../listener/virtual-outbound-listener.ts";
import { sniffedRouteName } from "../names.ts";
import { mayBeHttp } from "../protocol.ts";
import { portVirtualHosts } from "../route/outbound-hosts.ts";
import { buildRouteConfiguration } from "../route/route-configuration.ts";
import type { Scope } from "../scope.ts";
import type { RoleResources } from "./role-resources.ts";

/** A sidecar whose traffic is captured (`INTERCEPTION_MODE: REDIRECT`): exactly Istio's shape. */
export function translateCapturingSidecar(scope: Scope): RoleResources {
  const { ports, sniffed } = capturedRouteNames(scope);
  return {
    listeners: [
      buildVirtualOutbound(scope),
      buildVirtualInbound(scope),
      ...buildCapturedOutboundListeners(scope),
    ],
    routes: [
      ...ports.map((port) => declaredRoutes(port, scope)),
      ...sniffed.map(([service, port]) => sniffedRoutes(service, port, scope)),
    ],
    clusters: [
      buildPassthrough(scope),
      buildInboundPassthrough(scope),
      ...inboundPorts(scope).map((each) => buildInboundCluster(each, scope)),
    ],
  };
}

function declaredRoutes(port: number, scope: Scope): RouteConfiguration {
  const hosts = portVirtualHosts(scope, port, mayBeHttp);
  return buildRouteConfiguration(String(port), hosts, true);
}

/** A listener that belongs to one service answers for whatever host its requests name. */
function sniffedRoutes(service: Service, { port }: ServicePort, scope: Scope): RouteConfiguration {
  const hosts = portVirtualHosts(
    scope,
    port,
    (_each, { hostname }) => hostname === service.hostname,
  );
  return buildRouteConfiguration(sniffedRouteName(service.hostname, port), hosts, true);
}
