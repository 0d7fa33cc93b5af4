import type { FilterChain } from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";

/**
 * Each SNI (and each range of addresses with it) leads to the first chain that has it: Envoy refuses a
 * listener in which two match the same. A chain that has none left is dropped. Without names: any SNI.
 */
export function distinctServerNames(chains: readonly FilterChain[]): FilterChain[] {
  const taken = new Set<string>();
  const take = (key: string) => {
    const isNew = !taken.has(key);
    taken.add(key);
    return isNew;
  };
  return chains.filter(({ filterChainMatch: match }) => {
    const ranges = (match?.prefixRanges ?? []).map(
      (each) => `${each.addressPrefix}/${each.prefixLen}`,
    );
    const keyOf = (name: string) => `${ranges.join()} ${name.toLowerCase()}`;
    if (match === undefined || match.serverNames.length === 0) return take(keyOf(""));
    match.serverNames = match.serverNames.filter((name) => take(keyOf(name)));
    return match.serverNames.length > 0;
  });
}
