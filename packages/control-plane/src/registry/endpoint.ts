import { type Labels, matchLabels } from "../model/resource.ts";
import type { Service, ServicePort } from "../model/service.ts";
import type { Workload } from "../model/workload.ts";

/** Where one instance of a service answers. */
export interface Endpoint {
  /** IP, DNS name (ServiceEntry with DNS resolution), or `unix:///path`. */
  readonly address: string;
  /** What clients dial: the port that a local sidecar binds, where that differs from the container's. */
  readonly port: number;
  /** The container's port; policies by port name this one. */
  readonly targetPort: number;
  readonly labels: Labels;
  /** At least 1. */
  readonly weight: number;
  /** A sidecar answers, so mutual TLS is possible. */
  readonly hasSidecar: boolean;
  readonly serviceAccount: string;
  /** `undefined`: written into a ServiceEntry. */
  readonly workload: Workload | undefined;
}

/** Workloads that the service selects (ready ones, unless it takes all), then the endpoints written into it. */
export function findEndpoints(
  workloads: readonly Workload[],
  service: Service,
  port: ServicePort,
  subsetLabels: Labels,
): readonly Endpoint[] {
  const found: Endpoint[] = [];
  for (const workload of workloads) {
    if (!workload.isReady && !service.takesUnready) continue;
    if (!isMember(workload, service)) continue;
    if (!matchLabels(subsetLabels, workload.labels)) continue;
    const targetPort = resolveTargetPort(port, workload);
    if (targetPort !== undefined) found.push(toEndpoint(workload, targetPort));
  }
  for (const written of service.endpoints) {
    if (!matchLabels(subsetLabels, written.labels)) continue;
    const targetPort =
      written.ports[port.name] ??
      (typeof port.targetPort === "number" ? port.targetPort : port.port);
    const { address, labels, weight, serviceAccount } = written;
    const hasSidecar = labels["security.istio.io/tlsMode"] === "istio";
    const where = { address, port: targetPort, targetPort };
    found.push({ ...where, labels, weight, hasSidecar, serviceAccount, workload: undefined });
  }
  return found;
}

/** The container's port behind a service's port; `undefined` when no container port has that name. */
export function resolveTargetPort(port: ServicePort, workload: Workload): number | undefined {
  const { targetPort } = port;
  if (typeof targetPort === "number") return targetPort;
  return workload.containerPorts.find((each) => each.name === targetPort)?.port;
}

function isMember(workload: Workload, service: Service): boolean {
  const { selector } = service;
  if (selector === undefined || Object.keys(selector).length === 0) return false;
  return workload.namespace === service.namespace && matchLabels(selector, workload.labels);
}

function toEndpoint(workload: Workload, targetPort: number): Endpoint {
  return {
    address: workload.address,
    port: workload.bindPorts.get(targetPort) ?? targetPort,
    targetPort,
    labels: workload.labels,
    weight: 1,
    hasSidecar: workload.hasSidecar,
    serviceAccount: workload.serviceAccount,
    workload,
  };
}
