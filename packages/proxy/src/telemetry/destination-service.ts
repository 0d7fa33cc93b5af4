/** A service as Istio's labels name it. */
export interface DestinationService {
  readonly host: string;
  readonly name: string;
  readonly namespace: string;
}

/** Nothing is known. */
const NO_SERVICE: DestinationService = { host: "", name: "", namespace: "" };

/**
 * The service that a cluster stands for: the control plane's `istio.services` metadata when there is
 * any, else the host in `outbound|9080|v1|reviews.default.svc.cluster.local`.
 */
export function destinationService(
  clusterName: string,
  metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined,
): DestinationService {
  const services = metadata?.istio?.services;
  const first: unknown = Array.isArray(services) ? services[0] : undefined;
  if (typeof first === "object" && first !== null) {
    const { host, name, namespace } = first as Record<string, unknown>;
    return { host: textOf(host), name: textOf(name), namespace: textOf(namespace) };
  }
  const host = clusterName.split("|")[3];
  if (host !== undefined && host !== "") return fromHost(host);
  // Passthrough and block-hole clusters are services of that name in Istio's dashboards.
  return clusterName.includes("|") || clusterName === ""
    ? NO_SERVICE
    : { host: clusterName, name: clusterName, namespace: "" };
}

function fromHost(host: string): DestinationService {
  const labels = host.split(".");
  const isKubernetes = labels[2] === "svc";
  return isKubernetes
    ? { host, name: labels[0] ?? "", namespace: labels[1] ?? "" }
    : { host, name: host, namespace: "" };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
