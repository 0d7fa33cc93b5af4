import { create, type JsonObject } from "@bufbuild/protobuf";
import {
  type Cluster,
  Cluster_LbPolicy,
  ClusterSchema,
} from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { ClusterLoadAssignment } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import type { DestinationRule, Subset } from "../../model/destination-rule.ts";
import type { Service, ServicePort } from "../../model/service.ts";
import type { Endpoint } from "../../registry/endpoint.ts";
import { buildLoadAssignment } from "../endpoint/load-assignment.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { outboundClusterName } from "../names.ts";
import { configPath, originMetadata } from "../origin.ts";
import { isHttp2, mayBeHttp } from "../protocol.ts";
import type { Scope } from "../scope.ts";
import {
  buildThresholds,
  connectionOptions,
  httpProtocolOptions,
  type UpstreamProtocol,
} from "./connection-pool.ts";
import { type Discovery, discoveryFields } from "./discovery.ts";
import { loadBalancerFields } from "./load-balancer.ts";
import { buildOutlierDetection } from "./outlier-detection.ts";
import { type ClusterPolicy, resolveTrafficPolicy } from "./traffic-policy.ts";
import { transportFields } from "./transport.ts";

/** One service's port (or a subset of it), and what is known of it. */
export interface OutboundClusterContext {
  readonly scope: Scope;
  readonly service: Service;
  readonly port: ServicePort;
  readonly rule: DestinationRule | undefined;
  /** `undefined`: the whole service. */
  readonly subset: Subset | undefined;
  readonly discovery: Discovery;
  /** Of the whole service. */
  readonly endpoints: readonly Endpoint[];
}

/** A cluster, and its endpoints where they travel apart. */
export interface OutboundCluster {
  readonly cluster: Cluster;
  readonly loadAssignment: ClusterLoadAssignment | undefined;
}

/** Builds one outbound cluster with Istio's defaults and the DestinationRule's changes. */
export function buildOutboundCluster(context: OutboundClusterContext): OutboundCluster {
  const { scope, service, port, rule, subset, discovery } = context;
  const subsetName = subset?.name ?? "";
  const name = outboundClusterName({ port: port.port, subset: subsetName, host: service.hostname });
  const members = subsetMembers(context);
  const policy = resolveTrafficPolicy(rule, subset, port.port);
  const protocol = upstreamProtocol(port, policy, scope);
  const { connectionPool: pool, outlierDetection: outlier } = policy;
  const cluster = create(ClusterSchema, {
    name,
    altStatName: `${name};`,
    ...discoveryFields(discovery, name, members, service, scope),
    connectTimeout: durationFromMs(pool?.tcp.connectTimeoutMs ?? scope.config.connectTimeoutMs),
    ...loadBalancerFields(policy.loadBalancer),
    ...(discovery === "original-dst" ? { lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED } : {}),
    circuitBreakers: { thresholds: [buildThresholds(pool)] },
    ...(outlier === undefined ? {} : { outlierDetection: buildOutlierDetection(outlier) }),
    // Panic routing would send requests to endpoints that are known to be down.
    commonLbConfig: { healthyPanicThreshold: { value: outlier?.minHealthPercent ?? 0 } },
    ...connectionOptions(pool),
    typedExtensionProtocolOptions: httpProtocolOptions(pool, protocol),
    ...transportFields(policy.tls, {
      scope,
      service,
      port: port.port,
      subset: subsetName,
      endpoints: context.endpoints,
      speaksHttp2: protocol === "http2",
    }),
    metadata: originMetadata(
      subset?.origin ?? rule?.origin ?? service.origin,
      istioMetadata(context, policy),
    ),
  });
  return {
    cluster,
    loadAssignment:
      discovery === "eds" ? buildLoadAssignment(name, members, service, scope) : undefined,
  };
}

function subsetMembers({ scope, service, port, subset, endpoints }: OutboundClusterContext) {
  return subset === undefined ? endpoints : scope.registry.endpoints(service, port, subset.labels);
}

/** An upgrade goes before everything; the mesh's is for ports that say they speak HTTP. */
function upstreamProtocol(
  port: ServicePort,
  { connectionPool }: ClusterPolicy,
  { config }: Scope,
): UpstreamProtocol {
  if (!mayBeHttp(port)) return "http1";
  const http = connectionPool?.http;
  const upgrade = http?.h2UpgradePolicy ?? "DEFAULT";
  const isDeclared = port.protocol !== "auto";
  if (upgrade === "UPGRADE") return "http2";
  if (upgrade === "DEFAULT" && config.h2UpgradePolicy === "UPGRADE" && isDeclared) return "http2";
  if (http?.useClientProtocol === true || !isDeclared) return "as-downstream";
  return isHttp2(port) ? "http2" : "http1";
}

/** What Istio's telemetry and tools read from a cluster. */
function istioMetadata(
  { service, rule, subset }: OutboundClusterContext,
  { tls }: ClusterPolicy,
): JsonObject {
  const { hostname: host, namespace, name, source, location } = service;
  return {
    services: [{ host, name: source === "kubernetes" ? name : host, namespace }],
    ...(location === "mesh-external" ? { external: true } : {}),
    ...(rule === undefined ? {} : { config: configPath(rule.origin) }),
    ...(subset === undefined ? {} : { subset: subset.name }),
    // Istio's ALPN filter must leave a TLS alone that the user asked for.
    ...(tls?.mode === "SIMPLE" || tls?.mode === "MUTUAL" ? { alpn_override: "false" } : {}),
  };
}
