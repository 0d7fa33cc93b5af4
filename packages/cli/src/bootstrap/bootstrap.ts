import type { ControlPlaneAddress } from "../address/address-plan.ts";
import { buildSdsCluster, buildXdsCluster } from "./control-plane-cluster.ts";
import { buildNodeId, buildNodeMetadata, type ProxyFacts } from "./node-metadata.ts";
import { buildAdminForward } from "./static-listener.ts";

/** Where a proxy finds its control plane, and how it proves who it is. */
export interface JoinFacts {
  readonly controlPlane: ControlPlaneAddress;
  /** The mesh's root: whom the proxy believes to be its control plane. */
  readonly rootCertificatePath: string;
  /** Unix socket of the SDS server; absent: the proxy keeps its own identity (Weft's own). */
  readonly sdsSocketPath?: string;
}

/**
 * The Envoy v3 bootstrap of a sidecar or gateway, in the shape of Istio's: node, admin, ADS, and the
 * static listeners for Prometheus (`/stats/prometheus`) and health (`/healthz/ready`).
 */
export function buildBootstrap(proxy: ProxyFacts, join: JoinFacts) {
  const { address, adminPort, prometheusPort, healthPort } = proxy.place;
  const admin = { address, port: adminPort };
  const prometheus = buildAdminForward({
    name: "prometheus_stats",
    listen: { address, port: prometheusPort },
    path: "/stats/prometheus",
    rewrite: "/stats/prometheus",
    admin,
  });
  const health = buildAdminForward({
    name: "agent",
    listen: { address, port: healthPort },
    path: "/healthz/ready",
    rewrite: "/ready",
    admin,
  });
  return {
    node: {
      id: buildNodeId(proxy),
      cluster: `${proxy.pod.workload}.${proxy.pod.namespace}`,
      metadata: buildNodeMetadata(proxy),
    },
    admin: { address: { socket_address: { address, port_value: adminPort } } },
    bootstrap_extensions: [
      {
        name: "envoy.bootstrap.internal_listener",
        typed_config: {
          "@type":
            "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
        },
      },
    ],
    dynamic_resources: {
      lds_config: { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" },
      cds_config: { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" },
      ads_config: {
        api_type: "DELTA_GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: "xds-grpc" } }],
      },
    },
    static_resources: {
      clusters: [
        buildXdsCluster(join),
        ...(join.sdsSocketPath === undefined ? [] : [buildSdsCluster(join.sdsSocketPath)]),
        prometheus.cluster,
        health.cluster,
      ],
      listeners: [prometheus.listener, health.listener],
    },
  };
}
