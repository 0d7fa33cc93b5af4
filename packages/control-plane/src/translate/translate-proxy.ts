import type { Mesh } from "../model/mesh.ts";
import type { ProxyNode } from "../model/proxy-node.ts";
import type { Registry } from "../registry/registry.ts";
import type { ProxyResources } from "./proxy-resources.ts";

/**
 * What `proxy` needs to play its part in `mesh`. Pure: the same mesh and node give equal messages, in
 * the same order.
 */
export function translateProxy(mesh: Mesh, registry: Registry, proxy: ProxyNode): ProxyResources {
  void mesh;
  void registry;
  void proxy;
  return { listeners: [], routes: [], clusters: [], endpoints: [], problems: [] };
}
