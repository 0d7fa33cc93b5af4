import type { Service, ServicePort } from "../model/service.ts";
import { resolveTargetPort } from "../registry/endpoint.ts";
import type { Scope } from "./scope.ts";

/** A port on which the proxy's own workload is called. */
export interface InboundPort {
  /** The container's. */
  readonly port: number;
  /** What the proxy binds, where no traffic is captured. */
  readonly bindPort: number;
  /** Where the application really listens. */
  readonly appPort: number;
  /** The services that lead here, in the mesh's order. Never empty unless the port is bound without one. */
  readonly services: readonly Service[];
  /** Of the first service; its protocol decides. */
  readonly servicePort: ServicePort | undefined;
}

/** The inbound ports of the proxy's workload: those of its services, and what it was told to bind. */
export function inboundPorts({ registry, proxy }: Scope): readonly InboundPort[] {
  const workload = registry.workload(proxy.namespace, proxy.podName);
  const found = new Map<number, { services: Service[]; servicePort: ServicePort | undefined }>();
  for (const service of registry.servicesSelecting(proxy.namespace, proxy.labels)) {
    for (const servicePort of service.ports) {
      const port = targetPort(servicePort, workload);
      if (port === undefined) continue;
      const entry = found.get(port) ?? { services: [], servicePort };
      if (!entry.services.includes(service)) entry.services.push(service);
      found.set(port, entry);
    }
  }
  for (const port of workload?.bindPorts.keys() ?? []) {
    if (!found.has(port)) found.set(port, { services: [], servicePort: undefined });
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([port, entry]) => ({
      port,
      bindPort: workload?.bindPorts.get(port) ?? port,
      appPort: workload?.appPorts.get(port) ?? port,
      ...entry,
    }));
}

function targetPort(
  port: ServicePort,
  workload: Parameters<typeof resolveTargetPort>[1] | undefined,
): number | undefined {
  if (workload !== undefined) return resolveTargetPort(port, workload);
  return typeof port.targetPort === "number" ? port.targetPort : undefined;
}
