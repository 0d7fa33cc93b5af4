import type { FilterChain } from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import type { InboundPort } from "../inbound-port.ts";
import { inboundClusterName, listenerName } from "../names.ts";
import { type Inspection, inspectionOf } from "../protocol.ts";
import { buildInboundRouteConfiguration } from "../route/inbound-route-configuration.ts";
import type { Scope } from "../scope.ts";
import { buildHttpManager } from "./http-connection-manager.ts";
import { buildInboundChains } from "./inbound-chain.ts";
import { buildTcpProxy } from "./tcp-proxy.ts";

const ANY_ADDRESS = "0.0.0.0";

/** The chains of one port of the workload. `destinationPort` 0: the listener has no other. */
export function buildInboundPortChains(
  inbound: InboundPort,
  destinationPort: number,
  scope: Scope,
): FilterChain[] {
  const { port, services, servicePort } = inbound;
  const { namespace, labels } = scope.proxy;
  const cluster = inboundClusterName(port);
  const origin = services[0]?.origin;
  const name = listenerName(ANY_ADDRESS, port);
  const routes = () =>
    buildInboundRouteConfiguration({
      cluster,
      port: servicePort?.port ?? port,
      operationHost: services[0]?.hostname ?? "",
      operationPort: servicePort?.port ?? port,
      origin,
    });
  return buildInboundChains({
    policy: scope.registry.mtlsPolicy(namespace, labels, port),
    inspection: inboundInspection(inbound),
    destinationPort,
    trustDomain: scope.config.trustDomain,
    origin,
    name: () => name,
    filter: (isHttp) =>
      isHttp
        ? buildHttpManager(
            { direction: "inbound", statPrefix: `inbound_${name}`, routes: routes() },
            scope,
          )
        : buildTcpProxy([{ cluster, weight: 1 }], scope),
  });
}

/** What the bytes of an inbound port may be; without a service, nobody has said. */
function inboundInspection({ servicePort }: InboundPort): Inspection {
  return (servicePort === undefined ? undefined : inspectionOf(servicePort)) ?? "auto";
}
