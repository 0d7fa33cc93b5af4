import { join } from "node:path";
import { ANNOTATION } from "@weft/api";
import { stringify } from "yaml";
import type { ContainerManifest, Labels } from "../manifest/manifest.ts";
import type { StateFolder } from "./state-folder.ts";

/** One instance of a workload, as Kubernetes would show it. */
export interface PodFacts {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  /** Name of the Deployment (or Service, for `weft run`) that it stands for. */
  readonly workload: string;
  readonly containers: readonly Pick<ContainerManifest, "name" | "image" | "ports">[];
}

/** Where a pod can be reached, and whether it should be. */
export interface PodStatus {
  readonly address: string;
  readonly isReady: boolean;
  /** Absent: it has no sidecar, and its application answers at `address` itself. */
  readonly sidecar?: SidecarPorts;
}

/** How a sidecar stands before its application. */
export interface SidecarPorts {
  /** Container port → port of 127.0.0.1 that the application listens on. */
  readonly appPorts: ReadonlyMap<number, number>;
  /** Container port → port that the sidecar binds. */
  readonly bindPorts: ReadonlyMap<number, number>;
}

/** The name of everything that belongs to a pod on disk; namespaces other than the usual two show. */
export function podFileName({ name, namespace }: Pick<PodFacts, "name" | "namespace">): string {
  return namespace === "default" || namespace === "istio-system" ? name : `${name}.${namespace}`;
}

/** Tells the control plane about the pod, as a kubelet tells the API server. */
export function writePod(folder: StateFolder, pod: PodFacts, status: PodStatus): void {
  folder.write(podPath(folder, pod), stringify(buildPod(pod, status)));
}

/** The pod is gone: nobody is sent to it any more. */
export function removePod(folder: StateFolder, pod: PodFacts): void {
  folder.remove(podPath(folder, pod));
}

/** The v1 Pod of it. */
export function buildPod(pod: PodFacts, { address, isReady, sidecar }: PodStatus) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: pod.name,
      namespace: pod.namespace,
      labels: pod.labels,
      annotations: {
        ...pod.annotations,
        ...(sidecar !== undefined && {
          [ANNOTATION.appPorts]: JSON.stringify(Object.fromEntries(sidecar.appPorts)),
          [ANNOTATION.bindPorts]: JSON.stringify(Object.fromEntries(sidecar.bindPorts)),
        }),
      },
    },
    spec: {
      serviceAccountName: pod.serviceAccount,
      containers: pod.containers.map(({ name, image, ports }) => ({
        name,
        image,
        ports: ports.map((containerPort) => ({ containerPort })),
      })),
    },
    status: {
      phase: "Running",
      podIP: address,
      conditions: [{ type: "Ready", status: isReady ? "True" : "False" }],
    },
  };
}

function podPath(folder: StateFolder, pod: PodFacts): string {
  return join(folder.pods, `${podFileName(pod)}.yaml`);
}
