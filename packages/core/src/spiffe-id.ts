import { ConfigError } from "./config-error.ts";

/** `spiffe://cluster.local/ns/default/sa/reviews`. Only {@link parseSpiffeId} and {@link toSpiffeId} make one. */
export type SpiffeId = string & { readonly brand: "SpiffeId" };

/** Who a workload is, as Istio lays it out in the path of a SPIFFE id. */
export interface WorkloadIdentity {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** SPIFFE ID, section 2.4: at most 2048 bytes. */
const MAX_BYTES = 2048;
const FORM = /^spiffe:\/\/([a-z0-9._-]{1,255})\/ns\/([a-zA-Z0-9._-]+)\/sa\/([a-zA-Z0-9._-]+)$/;

/**
 * Reads an id of Istio's form. Refuses what SPIFFE forbids (upper-case trust domain, ports, user
 * info, query, percent-encoding, dot segments) by throwing `ConfigError`.
 * https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md
 */
export function parseSpiffeId(text: string): WorkloadIdentity & { readonly id: SpiffeId } {
  const parts = text.length <= MAX_BYTES ? FORM.exec(text) : null;
  const [, trustDomain, namespace, serviceAccount] = parts ?? [];
  if (trustDomain === undefined || namespace === undefined || serviceAccount === undefined) {
    throw new ConfigError(
      "spiffeId",
      `"${text.slice(0, 80)}" is not spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT`,
    );
  }
  if (isDotSegment(namespace) || isDotSegment(serviceAccount)) {
    throw new ConfigError("spiffeId", "must not contain the segments . and ..");
  }
  return { trustDomain, namespace, serviceAccount, id: text as SpiffeId };
}

/** The id of a workload. Throws `ConfigError` when a part cannot stand in one. */
export function toSpiffeId(identity: WorkloadIdentity): SpiffeId {
  const { trustDomain, namespace, serviceAccount } = identity;
  return parseSpiffeId(`spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`).id;
}

function isDotSegment(segment: string): boolean {
  return segment === "." || segment === "..";
}
