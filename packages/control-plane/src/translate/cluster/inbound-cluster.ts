import { create, type JsonObject } from "@bufbuild/protobuf";
import {
  type Cluster,
  Cluster_DiscoveryType,
  Cluster_LbPolicy,
  ClusterSchema,
} from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { InboundPort } from "../inbound-port.ts";
import { socketAddress } from "../message/address.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { inboundClusterName } from "../names.ts";
import { originMetadata } from "../origin.ts";
import { isHttp2 } from "../protocol.ts";
import type { Scope } from "../scope.ts";
import { buildThresholds, httpProtocolOptions } from "./connection-pool.ts";
import { INBOUND_BIND_ADDRESS } from "./special-clusters.ts";

/** Istio never forgets an inbound connection's address. */
const CLEANUP_INTERVAL_MS = 9_223_372_035_000;

/** Where the proxy listens for the application itself. */
const LOOPBACK = "127.0.0.1";

/** The proxy's own application, behind one port. */
export function buildInboundCluster(inbound: InboundPort, scope: Scope): Cluster {
  const name = inboundClusterName(inbound.port);
  const { servicePort, services } = inbound;
  const speaksHttp2 = servicePort !== undefined && isHttp2(servicePort);
  return create(ClusterSchema, {
    name,
    altStatName: `${name};`,
    connectTimeout: durationFromMs(scope.config.connectTimeoutMs),
    circuitBreakers: { thresholds: [buildThresholds(undefined)] },
    commonLbConfig: {},
    typedExtensionProtocolOptions: httpProtocolOptions(
      undefined,
      speaksHttp2 ? "http2" : servicePort?.protocol === "auto" ? "as-downstream" : "http1",
    ),
    metadata: originMetadata(services[0]?.origin, istioMetadata(inbound)),
    ...(scope.proxy.interceptionMode === "NONE" ? ownPort(name, inbound) : captured()),
  });
}

function ownPort(clusterName: string, { appPort }: InboundPort) {
  const hostIdentifier = {
    case: "endpoint",
    value: { address: socketAddress(LOOPBACK, appPort) },
  } as const;
  return {
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC } as const,
    loadAssignment: { clusterName, endpoints: [{ lbEndpoints: [{ hostIdentifier }] }] },
  };
}

function captured() {
  return {
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.ORIGINAL_DST } as const,
    lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
    cleanupInterval: durationFromMs(CLEANUP_INTERVAL_MS),
    upstreamBindConfig: {
      sourceAddress: {
        address: INBOUND_BIND_ADDRESS,
        portSpecifier: { case: "portValue", value: 0 } as const,
      },
    },
  };
}

function istioMetadata({ services }: InboundPort): JsonObject {
  if (services.length === 0) return {};
  return {
    services: services.map(({ hostname: host, name, namespace }) => ({ host, name, namespace })),
  };
}
