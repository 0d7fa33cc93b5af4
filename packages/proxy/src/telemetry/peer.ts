/** A workload at one end of a request, as Istio's metrics label it. Empty strings mean unknown. */
export interface Peer {
  readonly workload: string;
  readonly namespace: string;
  readonly app: string;
  readonly version: string;
  readonly canonicalService: string;
  readonly canonicalRevision: string;
  readonly cluster: string;
}

/** Nobody in particular. */
export const UNKNOWN_PEER: Peer = {
  workload: "",
  namespace: "",
  app: "",
  version: "",
  canonicalService: "",
  canonicalRevision: "",
  cluster: "",
};

/**
 * Reads an xDS node's metadata (or the Struct in `x-envoy-peer-metadata`, which has the same keys):
 * NAMESPACE, WORKLOAD_NAME, CLUSTER_ID and LABELS. Anything of another type counts as absent.
 */
export function peerFromMetadata(metadata: Readonly<Record<string, unknown>>): Peer {
  const labels = recordOf(metadata.LABELS);
  const app = textOf(labels.app);
  const version = textOf(labels.version);
  return {
    workload: textOf(metadata.WORKLOAD_NAME) || textOf(metadata.NAME),
    namespace: textOf(metadata.NAMESPACE),
    app,
    version,
    canonicalService: textOf(labels["service.istio.io/canonical-name"]) || app,
    canonicalRevision: textOf(labels["service.istio.io/canonical-revision"]) || version || "latest",
    cluster: textOf(metadata.CLUSTER_ID),
  };
}

/**
 * Reads an endpoint's `istio.workload` metadata, "name;namespace;canonical name;canonical
 * revision;cluster". It has no app and version: the canonical ones stand in, which is what they are
 * made of.
 */
export function peerFromEndpoint(text: string): Peer | undefined {
  const [workload, namespace, canonicalService = "", canonicalRevision = "", cluster = ""] =
    text.split(";");
  if (workload === undefined || namespace === undefined) return undefined;
  return {
    workload,
    namespace,
    app: canonicalService,
    version: canonicalRevision,
    canonicalService,
    canonicalRevision,
    cluster,
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
