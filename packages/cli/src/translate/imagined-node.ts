import type { JsonObject } from "@bufbuild/protobuf";
import type { MeshReading } from "@weft/control-plane";
import { INGRESS_LABELS } from "../launcher/gateway-plan.ts";
import { UsageError } from "../usage-error.ts";

/** The proxy that `weft translate` is asked about. */
export interface ImaginedProxy {
  /** A node id (`sidecar~192.0.2.1~pod.ns~ns.svc.cluster.local`), or a pod, Deployment or gateway. */
  readonly proxy: string;
  readonly namespace: string | undefined;
  /** Added to those of the workload by that name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly capture: "redirect" | "proxy-env";
}

/** The xDS node of it. */
export interface ImaginedNode {
  readonly id: string;
  readonly metadata: JsonObject;
  /** False: the resources have no workload by that name, and it is taken as one without labels. */
  readonly isKnown: boolean;
}

/** Who is nowhere yet has an address for examples. RFC 5737 */
const SOME_ADDRESS = "192.0.2.1";
const GATEWAYS: ReadonlySet<string> = new Set(["ingressgateway", "egressgateway"]);

/** The gateway that `weft up` brings, which no Deployment tells of. */
const OWN_GATEWAY = {
  labels: INGRESS_LABELS,
  serviceAccount: `${INGRESS_LABELS.app}-service-account`,
  address: undefined,
};

/** Makes the node that such a proxy would connect with, with what the resources know of it. */
export function imagineNode(
  { proxy, namespace, labels, capture }: ImaginedProxy,
  reading: MeshReading,
): ImaginedNode {
  const wanted = namesIn(proxy, namespace);
  const known = findWorkload(wanted, reading);
  const allLabels: Readonly<Record<string, string>> = { ...known?.labels, ...labels };
  const isGateway = GATEWAYS.has(allLabels.istio ?? "") || wanted.kind === "router";
  const kind = wanted.kind ?? (isGateway ? "router" : "sidecar");
  const address = wanted.address ?? known?.address ?? SOME_ADDRESS;
  const id = `${kind}~${address}~${wanted.pod}.${wanted.namespace}~${wanted.namespace}.svc.cluster.local`;
  return {
    id,
    isKnown: known !== undefined,
    metadata: {
      NAME: wanted.pod,
      NAMESPACE: wanted.namespace,
      SERVICE_ACCOUNT: known?.serviceAccount ?? "default",
      LABELS: allLabels,
      INSTANCE_IPS: address,
      CLUSTER_ID: "Kubernetes",
      ...(capture === "proxy-env" && { INTERCEPTION_MODE: "NONE", HTTP_PROXY_PORT: "15001" }),
    },
  };
}

interface WantedNames {
  readonly kind?: string;
  readonly address?: string;
  readonly pod: string;
  readonly namespace: string;
}

/** `kind~address~pod.namespace~domain`, `pod.namespace` or `pod`. */
function namesIn(proxy: string, namespace: string | undefined): WantedNames {
  const parts = proxy.split("~");
  if (parts.length === 1) {
    return { ...podIn(proxy, namespace ?? (isOwnGateway(proxy) ? "istio-system" : "default")) };
  }
  const [kind = "", address = "", instance = ""] = parts;
  if (parts.length !== 4 || !["sidecar", "router"].includes(kind)) {
    throw new UsageError(
      `--proxy ${proxy}: write sidecar~IP~POD.NAMESPACE~DOMAIN, or the name of a pod`,
    );
  }
  return { kind, address, ...podIn(instance, namespace ?? "default") };
}

function isOwnGateway(pod: string): boolean {
  return /^istio-ingressgateway(-\d+)?$/.test(pod);
}

function podIn(text: string, namespace: string) {
  const dot = text.lastIndexOf(".");
  return dot < 1
    ? { pod: text, namespace }
    : { pod: text.slice(0, dot), namespace: text.slice(dot + 1) };
}

/** A Pod by its name, or a Deployment by its own or by that of one of its pods. */
function findWorkload({ pod, namespace }: WantedNames, { mesh, deployments }: MeshReading) {
  const workload = mesh.workloads.find((one) => one.name === pod && one.namespace === namespace);
  if (workload !== undefined) return workload;
  const deployment = deployments.find(
    (one) => one.namespace === namespace && (one.name === pod || pod.startsWith(`${one.name}-`)),
  );
  if (deployment === undefined) return isOwnGateway(pod) ? OWN_GATEWAY : undefined;
  const { templateLabels: labels, serviceAccount } = deployment;
  return { labels, serviceAccount, address: undefined };
}
