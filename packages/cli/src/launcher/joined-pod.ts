import { MeshError } from "@weft/core";
import type { Manifest } from "../manifest/manifest.ts";
import type { PodFacts } from "../state/pod-file.ts";

/** Which service a process joins, and as whom. */
export interface JoinRequest {
  readonly service: string;
  readonly namespace: string;
  /** Name of the pod that stands for the process. */
  readonly name: string;
  /** Default: that of a Deployment behind the service, else `default`. */
  readonly serviceAccount?: string;
}

/** A pod that `weft run` makes. */
export interface JoinedPod {
  readonly pod: PodFacts;
  /** The container ports that the service leads to. */
  readonly ports: readonly number[];
}

/**
 * The pod of a process that joins a service: its labels are the service's selector, so that the service
 * selects it; ports and identity are those of the service's Deployment, where there is one.
 */
export function planJoinedPod(manifests: readonly Manifest[], request: JoinRequest): JoinedPod {
  const { namespace, service: serviceName, name } = request;
  const service = manifests.find(
    (one) => one.kind === "Service" && one.namespace === namespace && one.name === serviceName,
  );
  if (service?.kind !== "Service") {
    throw new MeshError(
      "no_service",
      `no Service ${namespace}/${serviceName} in this mesh; add one to its resources`,
    );
  }
  const { selector } = service;
  if (Object.keys(selector).length === 0) {
    throw new MeshError(
      "no_selector",
      `Service ${namespace}/${serviceName} has no selector; no process can be an instance of it`,
    );
  }
  const deployment = manifests.find(
    (one) =>
      one.kind === "Deployment" &&
      one.namespace === namespace &&
      Object.entries(selector).every(([key, value]) => one.labels[key] === value),
  );
  const behind = deployment?.kind === "Deployment" ? deployment : undefined;
  const ports =
    service.ports.length > 0
      ? service.ports.map(({ targetPort }) => targetPort)
      : (behind?.containers.flatMap((container) => container.ports) ?? []);
  return {
    ports: [...new Set(ports)],
    pod: {
      name,
      namespace,
      labels: { ...behind?.labels, ...selector },
      annotations: {},
      serviceAccount: request.serviceAccount ?? behind?.serviceAccount ?? "default",
      // What the control plane makes of the pod's name.
      workload: name.replace(/-\d+$/, ""),
      containers: [{ name: serviceName, image: "weft.dev/run", ports }],
    },
  };
}
