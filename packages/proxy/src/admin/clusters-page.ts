import type { Clusters } from "../cluster/cluster-manager.ts";
import type { UpstreamCluster } from "../cluster/upstream-cluster.ts";
import type { UpstreamHost } from "../cluster/upstream-host.ts";
import { type AdminAnswer, JSON_TYPE } from "./admin-server.ts";

/** `/clusters`: hosts of every cluster, in Envoy's text or JSON. */
export function renderClusters(clusters: Clusters, query: URLSearchParams): AdminAnswer {
  const all = clusters.all().map(({ cluster }) => cluster);
  if (query.get("format") === "json")
    return {
      contentType: JSON_TYPE,
      body: JSON.stringify({ cluster_statuses: all.map(toStatus) }, null, 1),
    };
  return { body: all.map(formatCluster).join("") };
}

function formatCluster(cluster: UpstreamCluster): string {
  const { name, config, breaker } = cluster;
  const limits = config.circuitBreakers;
  const lines = [
    `${name}::default_priority::max_connections::${limits.maxConnections}`,
    `${name}::default_priority::max_pending_requests::${limits.maxPendingRequests}`,
    `${name}::default_priority::max_requests::${limits.maxRequests}`,
    `${name}::default_priority::max_retries::${limits.maxRetries}`,
    `${name}::default_priority::retries_active::${breaker.retries.taken}`,
  ];
  for (const host of cluster.hosts)
    for (const [key, value] of Object.entries(hostFacts(host)))
      lines.push(`${name}::${host.address}::${key}::${value}`);
  return `${lines.join("\n")}\n`;
}

function hostFacts(host: UpstreamHost): Readonly<Record<string, string | number>> {
  return {
    cx_active: host.activeConnections,
    cx_connect_fail: host.failedConnections,
    rq_active: host.activeRequests,
    rq_error: host.failedRequests,
    rq_total: host.totalRequests,
    hostname: host.config.hostname,
    health_flags: healthFlags(host),
    weight: host.weight,
    priority: host.config.priority,
    locality: host.config.locality.name,
  };
}

/** Envoy's words. */
function healthFlags(host: UpstreamHost): string {
  const flags = [
    ...(host.ejectedUntilMs === undefined ? [] : ["/failed_outlier_check"]),
    ...(host.config.isHealthy ? [] : ["/failed_eds_health"]),
  ];
  return flags.length === 0 ? "healthy" : flags.join("");
}

function toStatus(cluster: UpstreamCluster) {
  return {
    name: cluster.name,
    host_statuses: cluster.hosts.map((host) => ({
      address: toAddress(host),
      stats: [
        { name: "cx_active", type: "GAUGE", value: String(host.activeConnections) },
        { name: "cx_connect_fail", value: String(host.failedConnections) },
        { name: "rq_active", type: "GAUGE", value: String(host.activeRequests) },
        { name: "rq_error", value: String(host.failedRequests) },
        { name: "rq_total", value: String(host.totalRequests) },
      ],
      health_status: {
        eds_health_status: host.config.isHealthy ? "HEALTHY" : "UNHEALTHY",
        ...(host.ejectedUntilMs === undefined ? {} : { failed_outlier_check: true }),
      },
      weight: host.weight,
      hostname: host.config.hostname,
    })),
  };
}

function toAddress({ target }: UpstreamHost) {
  switch (target.kind) {
    case "socket":
      return { socket_address: { address: target.host, port_value: target.port } };
    case "pipe":
      return { pipe: { path: target.path } };
    case "internal":
      return { envoy_internal_address: { server_listener_name: target.listenerName } };
  }
}
