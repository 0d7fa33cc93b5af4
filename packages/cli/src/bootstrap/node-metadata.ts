import { NODE_METADATA } from "@weft/api";
import type { ProxyAddress } from "../address/address-plan.ts";
import type { PodFacts } from "../state/pod-file.ts";

/** Names that a mesh on one machine has where Kubernetes has clusters. */
const CLUSTER_ID = "Kubernetes";
const TRUST_DOMAIN = "cluster.local";
const WEFT_VERSION = "0.1.0";

/** The proxy that a bootstrap is for. */
export interface ProxyFacts {
  readonly pod: PodFacts;
  readonly place: ProxyAddress;
  /** `weft` is told the `istio.*` filters, a stock Envoy is not. */
  readonly proxyKind: "weft" | "envoy";
  /** Only a gateway has it. */
  readonly gateway?: GatewayFacts;
}

/** Where a gateway opens the ports of its Gateway resources. */
export interface GatewayFacts {
  readonly bindAddress: string;
  /** Server port → port to open; a port that is not in it opens as it is. */
  readonly portMap: ReadonlyMap<number, number>;
}

/** The xDS node id, Istio's form: `kind~address~pod.namespace~domain`. */
export function buildNodeId({ pod, place, gateway }: ProxyFacts): string {
  const kind = gateway === undefined ? "sidecar" : "router";
  const { name, namespace } = pod;
  return `${kind}~${place.address}~${name}.${namespace}~${namespace}.svc.cluster.local`;
}

/** The node's metadata: what the control plane knows of this proxy beyond its pod. */
export function buildNodeMetadata({ pod, place, proxyKind, gateway }: ProxyFacts) {
  const { name, namespace, workload } = pod;
  return {
    NAME: name,
    NAMESPACE: namespace,
    SERVICE_ACCOUNT: pod.serviceAccount,
    LABELS: pod.labels,
    WORKLOAD_NAME: workload,
    OWNER: `kubernetes://apis/apps/v1/namespaces/${namespace}/deployments/${workload}`,
    CLUSTER_ID,
    MESH_ID: TRUST_DOMAIN,
    INSTANCE_IPS: place.address,
    INTERCEPTION_MODE: "NONE",
    ...(gateway === undefined && { HTTP_PROXY_PORT: String(place.outboundPort) }),
    ...(proxyKind === "weft" && { [NODE_METADATA.weftVersion]: WEFT_VERSION }),
    ...(gateway !== undefined && {
      [NODE_METADATA.bindAddress]: gateway.bindAddress,
      [NODE_METADATA.portMap]: Object.fromEntries(gateway.portMap),
    }),
  };
}
