import type { Mesh } from "../model/mesh.ts";
import type { MtlsMode, PeerAuthentication } from "../model/peer-authentication.ts";
import { type Labels, matchLabels, type Origin } from "../model/resource.ts";

/** What an inbound port accepts, and who says so. */
export interface MtlsPolicy {
  readonly mode: MtlsMode;
  /** The PeerAuthentication; `undefined`: none says anything. */
  readonly origin: Origin | undefined;
}

/**
 * Port level → workload → namespace → mesh (root namespace) → PERMISSIVE; the oldest policy of each
 * level counts alone.
 */
export function effectiveMtlsPolicy(
  mesh: Mesh,
  namespace: string,
  labels: Labels,
  port: number | undefined,
): MtlsPolicy {
  const policies = mesh.peerAuthentications;
  const ofWorkload = findOfWorkload(policies, namespace, labels);
  const ofPort = port === undefined ? undefined : ofWorkload?.portLevelMtls.get(port);
  if (ofPort !== undefined) return { mode: ofPort, origin: ofWorkload?.origin };
  const levels = [
    ofWorkload,
    findWide(policies, namespace),
    findWide(policies, mesh.config.rootNamespace),
  ];
  const policy = levels.find((each) => each?.mode !== undefined);
  return { mode: policy?.mode ?? "PERMISSIVE", origin: policy?.origin };
}

/** The workload's ports that its policy speaks of one by one. */
export function portsWithMtlsPolicy(
  mesh: Mesh,
  namespace: string,
  labels: Labels,
): readonly number[] {
  const ofWorkload = findOfWorkload(mesh.peerAuthentications, namespace, labels);
  return [...(ofWorkload?.portLevelMtls.keys() ?? [])];
}

function findOfWorkload(
  policies: readonly PeerAuthentication[],
  namespace: string,
  labels: Labels,
): PeerAuthentication | undefined {
  return policies.find(
    ({ namespace: own, selector }) =>
      own === namespace && selector !== undefined && matchLabels(selector, labels),
  );
}

function findWide(
  policies: readonly PeerAuthentication[],
  namespace: string,
): PeerAuthentication | undefined {
  return policies.find((each) => each.namespace === namespace && each.selector === undefined);
}
