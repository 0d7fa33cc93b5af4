import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { FilterChain } from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import type { Listener } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { HttpConnectionManagerSchema } from "@weft/api/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";

/** Names of the route configurations that a listener takes from RDS. */
export function routeReferencesOf(listener: Listener): readonly string[] {
  const names = new Set<string>();
  for (const chain of chainsOf(listener)) {
    for (const { configType } of chain.filters) {
      if (configType.case !== "typedConfig") continue;
      const manager = anyUnpack(configType.value, HttpConnectionManagerSchema);
      if (manager?.routeSpecifier.case !== "rds") continue;
      names.add(manager.routeSpecifier.value.routeConfigName);
    }
  }
  return [...names];
}

function chainsOf(listener: Listener): readonly FilterChain[] {
  const { filterChains, defaultFilterChain } = listener;
  return defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
}
