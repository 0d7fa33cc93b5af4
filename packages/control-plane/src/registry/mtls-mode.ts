import type { Mesh } from "../model/mesh.ts";
import type { MtlsMode, PeerAuthentication } from "../model/peer-authentication.ts";
import { type Labels, matchLabels } from "../model/resource.ts";

/**
 * Port level → workload → namespace → mesh (root namespace) → PERMISSIVE; the oldest policy of each
 * level counts alone.
 */
export function effectiveMtlsMode(
  mesh: Mesh,
  namespace: string,
  labels: Labels,
  port: number | undefined,
): MtlsMode {
  const policies = mesh.peerAuthentications;
  const ofWorkload = policies.find(
    ({ namespace: own, selector }) =>
      own === namespace && selector !== undefined && matchLabels(selector, labels),
  );
  return (
    (port === undefined ? undefined : ofWorkload?.portLevelMtls.get(port)) ??
    ofWorkload?.mode ??
    findWide(policies, namespace)?.mode ??
    findWide(policies, mesh.config.rootNamespace)?.mode ??
    "PERMISSIVE"
  );
}

function findWide(
  policies: readonly PeerAuthentication[],
  namespace: string,
): PeerAuthentication | undefined {
  return policies.find((each) => each.namespace === namespace && each.selector === undefined);
}
