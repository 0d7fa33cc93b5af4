import type { Service, ServicePort } from "../model/service.ts";
import { connectClusterName, internalHttpListenerName, internalTcpListenerName } from "./names.ts";
import { type Inspection, inspectionOf } from "./protocol.ts";
import type { Scope } from "./scope.ts";

/** A service's port as an application reaches it through the explicit HTTP proxy. */
export interface ExplicitTarget {
  readonly service: Service;
  readonly port: ServicePort;
  readonly inspection: Inspection;
  /** Where CONNECT leads. */
  readonly connectCluster: string;
  /** What stands behind {@link connectCluster}: shared by a port's HTTP services, else the service's own. */
  readonly internalListener: string;
}

/** Every port of every service that the proxy sees. */
export function explicitTargets({ services }: Scope): readonly ExplicitTarget[] {
  return services.flatMap((service) =>
    service.ports.flatMap((port) => {
      const inspection = inspectionOf(port);
      return inspection === undefined ? [] : [explicitTarget(service, port, inspection)];
    }),
  );
}

function explicitTarget(
  service: Service,
  port: ServicePort,
  inspection: Inspection,
): ExplicitTarget {
  const { hostname } = service;
  return {
    service,
    port,
    inspection,
    connectCluster: connectClusterName(port.port, hostname),
    internalListener:
      inspection === "http"
        ? internalHttpListenerName(port.port)
        : internalTcpListenerName(port.port, hostname),
  };
}
