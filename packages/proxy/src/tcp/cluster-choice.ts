import type { TcpProxy } from "@weft/api/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { ConfigError, type Random } from "@weft/core";

/** Names the cluster for the next connection. */
export type ClusterChoice = () => string;

/** Reads `cluster` or `weighted_clusters`; throws `ConfigError` when there is neither. */
export function compileClusterChoice(config: TcpProxy, random: Random): ClusterChoice {
  const { clusterSpecifier } = config;
  if (clusterSpecifier.case === "cluster") return () => clusterSpecifier.value;
  if (clusterSpecifier.case !== "weightedClusters")
    throw new ConfigError("cluster", "or weighted_clusters is required");
  const { clusters } = clusterSpecifier.value;
  if (clusters.length === 0) throw new ConfigError("weighted_clusters", "must not be empty");
  for (const [index, cluster] of clusters.entries()) {
    const field = `weighted_clusters.clusters[${index}]`;
    if (cluster.name === "") throw new ConfigError(`${field}.name`, "is required");
    if (cluster.weight === 0) throw new ConfigError(`${field}.weight`, "must be at least 1");
    if (cluster.metadataMatch !== undefined)
      throw new ConfigError(`${field}.metadata_match`, "is not supported");
  }
  const totalWeight = clusters.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let left = random() * totalWeight;
    for (const { name, weight } of clusters) {
      left -= weight;
      if (left < 0) return name;
    }
    return clusters.at(-1)?.name ?? "";
  };
}
