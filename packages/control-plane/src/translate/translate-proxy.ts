import type { Cluster } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { Mesh } from "../model/mesh.ts";
import type { ProxyNode } from "../model/proxy-node.ts";
import type { Registry } from "../registry/registry.ts";
import { buildOutboundClusters } from "./cluster/outbound-clusters.ts";
import { buildBlackHole } from "./cluster/special-clusters.ts";
import type { ProxyResources } from "./proxy-resources.ts";
import { translateCapturingSidecar } from "./role/capturing-sidecar.ts";
import { translateExplicitSidecar } from "./role/explicit-sidecar.ts";
import { translateGateway } from "./role/gateway.ts";
import type { RoleResources } from "./role/role-resources.ts";
import { compareText, createScope, type Scope } from "./scope.ts";

/**
 * What `proxy` needs to play its part in `mesh`. Pure: the same mesh and node give equal messages, in
 * the same order. `registry` answers for that mesh.
 */
export function translateProxy(_mesh: Mesh, registry: Registry, proxy: ProxyNode): ProxyResources {
  const scope = createScope(registry, proxy);
  const outbound = buildOutboundClusters(scope);
  const { listeners, routes, clusters } = translateRole(scope);
  const all: Cluster[] = [
    buildBlackHole(scope),
    ...outbound.map(({ cluster }) => cluster),
    ...clusters,
  ];
  return {
    listeners: uniqueByName(listeners),
    routes: uniqueByName(routes),
    clusters: uniqueByName(all),
    endpoints: outbound
      .flatMap(({ loadAssignment }) => loadAssignment ?? [])
      .sort((a, b) => compareText(a.clusterName, b.clusterName)),
    problems: scope.problems(),
  };
}

function translateRole(scope: Scope): RoleResources {
  const { kind, interceptionMode } = scope.proxy;
  if (kind === "router") return translateGateway(scope);
  return interceptionMode === "NONE"
    ? translateExplicitSidecar(scope)
    : translateCapturingSidecar(scope);
}

/** Names are identities in xDS: of two with one name the first counts. */
function uniqueByName<Resource extends { readonly name: string }>(
  resources: readonly Resource[],
): readonly Resource[] {
  const byName = new Map<string, Resource>();
  for (const each of resources) if (!byName.has(each.name)) byName.set(each.name, each);
  return [...byName.values()].sort((a, b) => compareText(a.name, b.name));
}
