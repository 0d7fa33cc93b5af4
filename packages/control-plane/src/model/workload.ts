import type { Resource } from "./resource.ts";

/** A pod: one running instance with an address and an identity. */
export interface Workload extends Resource {
  readonly address: string;
  readonly serviceAccount: string;
  /** Of the owner (Deployment), or the pod's own name. */
  readonly workloadName: string;
  readonly isReady: boolean;
  /** It has a sidecar, so others speak mTLS to it (`tlsMode=istio`). */
  readonly hasSidecar: boolean;
  readonly containerPorts: readonly ContainerPort[];
  /** Container port → port of the application on 127.0.0.1 (`weft.dev/app-ports`). */
  readonly appPorts: ReadonlyMap<number, number>;
  /** Container port → port that the sidecar binds on {@link address} (`weft.dev/bind-ports`). */
  readonly bindPorts: ReadonlyMap<number, number>;
}

/** `spec.containers[].ports[]`. */
export interface ContainerPort {
  readonly port: number;
  /** Empty when it has none. */
  readonly name: string;
}
