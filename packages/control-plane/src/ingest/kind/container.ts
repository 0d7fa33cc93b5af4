import type { resourceSchema, ValueOf } from "@weft/api";
import type { Container } from "../../model/deployment.ts";
import type { ContainerPort } from "../../model/workload.ts";

type PodSpec = ValueOf<(typeof resourceSchema)["podSpec"]>;

/** Containers of a pod or a template. */
export function toContainers(spec: PodSpec): readonly Container[] {
  return spec.containers.map(({ name, image = "", ports = [], env = [] }) => ({
    name,
    image,
    ports: ports.map((port) => ({ port: port.containerPort, name: port.name ?? "" })),
    env: Object.fromEntries(
      env.flatMap((each) => (each.value === undefined ? [] : [[each.name, each.value]])),
    ),
  }));
}

/** All ports of all containers. */
export function toContainerPorts(spec: PodSpec): readonly ContainerPort[] {
  return toContainers(spec).flatMap(({ ports }) => ports);
}

/** Kubernetes' own default is the account `default`. */
export function toServiceAccount(spec: PodSpec): string {
  return spec.serviceAccountName ?? spec.serviceAccount ?? "default";
}
