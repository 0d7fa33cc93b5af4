import type { DestinationRule } from "./destination-rule.ts";
import type { Gateway } from "./gateway.ts";
import type { MeshConfig } from "./mesh-config.ts";
import type { PeerAuthentication } from "./peer-authentication.ts";
import type { Service } from "./service.ts";
import type { VirtualService } from "./virtual-service.ts";
import type { Workload } from "./workload.ts";

/**
 * Everything known at one moment; immutable. An unchanged resource is the same object (`===`) in the
 * next mesh, so that whoever computes from it may cache by identity. Lists are sorted by age, then
 * namespace, then name, as Istio settles conflicts.
 */
export interface Mesh {
  readonly config: MeshConfig;
  /** Kubernetes Services and each host of each ServiceEntry. */
  readonly services: readonly Service[];
  readonly workloads: readonly Workload[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly gateways: readonly Gateway[];
  readonly peerAuthentications: readonly PeerAuthentication[];
}
