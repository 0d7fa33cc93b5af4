import type { Labels, Resource } from "./resource.ts";
import type { ContainerPort } from "./workload.ts";

/** What the launcher runs in Kubernetes' place; the mesh itself knows workloads only. */
export interface Deployment extends Resource {
  readonly replicas: number;
  readonly templateLabels: Labels;
  readonly templateAnnotations: Labels;
  readonly serviceAccount: string;
  /** At least one. */
  readonly containers: readonly Container[];
  /** False when the template says `sidecar.istio.io/inject: "false"`. */
  readonly hasSidecar: boolean;
}

/** One of `spec.template.spec.containers`. */
export interface Container {
  readonly name: string;
  /** Empty when none is given. */
  readonly image: string;
  readonly ports: readonly ContainerPort[];
  /** Variables with a plain value; those of `valueFrom` are left out. */
  readonly env: Readonly<Record<string, string>>;
}
