import type { Service, ServicePort } from "../../model/service.ts";
import type { Endpoint } from "../../registry/endpoint.ts";
import { inspectionOf } from "../protocol.ts";
import type { Scope } from "../scope.ts";
import { type Discovery, discoveryOf } from "./discovery.ts";
import { buildOutboundCluster, type OutboundCluster } from "./outbound-cluster.ts";

/** A cluster for each port of each service the proxy sees, and for each subset of it. */
export function buildOutboundClusters(scope: Scope): readonly OutboundCluster[] {
  return scope.services.flatMap((service) =>
    service.ports
      .filter((port) => inspectionOf(port) !== undefined)
      .flatMap((port) => portClusters(scope, service, port)),
  );
}

function portClusters(scope: Scope, service: Service, port: ServicePort): OutboundCluster[] {
  const discovery = discoveryOf(service, scope);
  if (discovery === undefined) {
    reportUnreachable(scope, service);
    return [];
  }
  const rule = scope.registry.destinationRule(scope.proxy, service);
  const endpoints = isByName(discovery)
    ? namedEndpoints(scope, service, port)
    : scope.registry.endpoints(service, port, {});
  const context = { scope, service, port, rule, discovery, endpoints };
  return [undefined, ...(rule?.subsets ?? [])].map((subset) =>
    buildOutboundCluster({ ...context, subset }),
  );
}

function isByName(discovery: Discovery): boolean {
  return discovery === "strict-dns" || discovery === "logical-dns";
}

/** A name without endpoints of its own is looked up itself. */
function namedEndpoints(scope: Scope, service: Service, port: ServicePort): readonly Endpoint[] {
  const found = scope.registry.endpoints(service, port, {});
  if (found.length > 0 || service.hostname.startsWith("*")) return found;
  const targetPort = typeof port.targetPort === "number" ? port.targetPort : port.port;
  return [
    {
      address: service.hostname,
      port: targetPort,
      targetPort,
      labels: {},
      weight: 1,
      hasSidecar: false,
      serviceAccount: "",
      workload: undefined,
    },
  ];
}

function reportUnreachable(scope: Scope, { hostname, origin }: Service): void {
  scope.report(origin, {
    code: "Unsupported",
    field: "spec.resolution",
    message: `${hostname} with resolution NONE needs captured traffic; an explicit proxy cannot reach it`,
    remedy: "name each host with resolution DNS",
  });
}
