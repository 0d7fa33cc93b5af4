import { isIP } from "node:net";
import type { Duration } from "@bufbuild/protobuf/wkt";
import {
  Cluster_DiscoveryType,
  Cluster_DnsLookupFamily,
  Cluster_LbPolicy,
  type Cluster as ClusterMessage,
} from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { ConfigError } from "@weft/core";
import { toMs } from "../config/duration.ts";
import { type FilterMetadata, toFilterMetadata } from "../config/metadata.ts";
import type { LoadBalancingPolicy } from "../load-balancing/load-balancer.ts";
import { type OutlierConfig, parseOutlierDetection } from "../outlier/outlier-config.ts";
import { type CircuitBreakerConfig, parseCircuitBreakers } from "./circuit-breaker.ts";
import { type LoadAssignment, parseLoadAssignment } from "./load-assignment.ts";
import { type ProtocolOptions, parseProtocolOptions } from "./protocol-options.ts";

/** A cluster, checked and complete: no field is left to a default. Sockets of transport come apart. */
export interface ClusterConfig {
  readonly name: string;
  readonly discovery: Discovery;
  readonly connectTimeoutMs: number;
  /** Idle time of a connection before TCP probes its peer; undefined: it does not probe. */
  readonly keepAliveMs: number | undefined;
  /** Where connections come from; undefined: the system chooses. */
  readonly sourceAddress: string | undefined;
  readonly policy: LoadBalancingPolicy;
  /** Below this share of healthy hosts all are used. */
  readonly panicThresholdPercent: number;
  readonly circuitBreakers: CircuitBreakerConfig;
  readonly outlierDetection: OutlierConfig | undefined;
  readonly protocol: ProtocolOptions;
  readonly metadata: FilterMetadata;
}

/** How a cluster comes by its hosts. */
export type Discovery =
  | { readonly kind: "static"; readonly assignment: LoadAssignment }
  | {
      readonly kind: "eds";
      readonly serviceName: string;
      /** 0: the cluster warms for as long as it takes. */
      readonly initialFetchTimeoutMs: number;
    }
  | {
      readonly kind: "dns";
      /** LOGICAL_DNS: only the first address counts. */
      readonly isLogical: boolean;
      /** With names for addresses. */
      readonly assignment: LoadAssignment;
      readonly refreshMs: number;
      readonly family: "any" | "v4" | "v6";
    }
  | {
      readonly kind: "original-destination";
      readonly cleanupIntervalMs: number;
      readonly portOverride: number | undefined;
    };

const SYSTEM_KEEPALIVE_SECONDS = 7200;

/** Reads Envoy's cluster; what is not supported is refused, not ignored. */
export function parseClusterConfig(message: ClusterMessage): ClusterConfig {
  if (message.name === "") throw new ConfigError("name", "is required");
  refuseUnsupported(message);
  return {
    name: message.name,
    discovery: parseDiscovery(message),
    connectTimeoutMs: toMsAbove(0, message.connectTimeout, 5000, "connect_timeout"),
    keepAliveMs: parseKeepAlive(message),
    sourceAddress: parseSourceAddress(message),
    policy: parsePolicy(message),
    panicThresholdPercent: parsePanicThreshold(message),
    circuitBreakers: parseCircuitBreakers(message.circuitBreakers),
    outlierDetection: parseOutlierDetection(message.outlierDetection),
    protocol: parseProtocolOptions(message),
    metadata: toFilterMetadata(message.metadata),
  };
}

function refuseUnsupported(message: ClusterMessage): void {
  const refuse = (field: string) => {
    throw new ConfigError(field, "is not supported");
  };
  if (message.lbSubsetConfig !== undefined) refuse("lb_subset_config");
  if (message.healthChecks.length > 0) refuse("health_checks");
  if (message.loadBalancingPolicy !== undefined) refuse("load_balancing_policy");
  if (message.upstreamConfig !== undefined) refuse("upstream_config");
  if (message.clusterDiscoveryType.case === "clusterType")
    refuse(`cluster_type ${message.clusterDiscoveryType.value.name}`);
}

function parseDiscovery(message: ClusterMessage): Discovery {
  const type =
    message.clusterDiscoveryType.case === "type"
      ? message.clusterDiscoveryType.value
      : Cluster_DiscoveryType.STATIC;
  switch (type) {
    case Cluster_DiscoveryType.STATIC:
      return { kind: "static", assignment: parseLoadAssignment(message.loadAssignment) };
    case Cluster_DiscoveryType.EDS: {
      const { edsClusterConfig: eds } = message;
      return {
        kind: "eds",
        serviceName: eds?.serviceName || message.name,
        initialFetchTimeoutMs: toMs(
          eds?.edsConfig?.initialFetchTimeout,
          15_000,
          "eds_cluster_config.eds_config.initial_fetch_timeout",
        ),
      };
    }
    case Cluster_DiscoveryType.STRICT_DNS:
    case Cluster_DiscoveryType.LOGICAL_DNS: {
      const isLogical = type === Cluster_DiscoveryType.LOGICAL_DNS;
      const assignment = parseLoadAssignment(message.loadAssignment, { allowsNames: true });
      if (isLogical && assignment.endpoints.length !== 1)
        throw new ConfigError("load_assignment", "LOGICAL_DNS needs exactly one endpoint");
      return {
        kind: "dns",
        isLogical,
        assignment,
        refreshMs: toMsAbove(1, message.dnsRefreshRate, 5000, "dns_refresh_rate"),
        family: parseFamily(message.dnsLookupFamily),
      };
    }
    case Cluster_DiscoveryType.ORIGINAL_DST:
      return {
        kind: "original-destination",
        cleanupIntervalMs: toMsAbove(0, message.cleanupInterval, 5000, "cleanup_interval"),
        portOverride:
          message.lbConfig.case === "originalDstLbConfig"
            ? message.lbConfig.value.upstreamPortOverride
            : undefined,
      };
    default:
      throw new ConfigError("type", `${type} is not a discovery type`);
  }
}

/**
 * How often and how long it probes is the system's: Node sets the first delay only (Linux probes nine
 * times, 75 s apart). Without a time Envoy leaves that to the system too: two hours.
 */
function parseKeepAlive({ upstreamConnectionOptions }: ClusterMessage): number | undefined {
  const keepalive = upstreamConnectionOptions?.tcpKeepalive;
  if (keepalive === undefined) return undefined;
  return (keepalive.keepaliveTime ?? SYSTEM_KEEPALIVE_SECONDS) * 1000;
}

function parseSourceAddress({ upstreamBindConfig }: ClusterMessage): string | undefined {
  if (upstreamBindConfig === undefined) return undefined;
  const { sourceAddress, extraSourceAddresses, socketOptions } = upstreamBindConfig;
  const field = "upstream_bind_config";
  if (extraSourceAddresses.length > 0)
    throw new ConfigError(`${field}.extra_source_addresses`, "is not supported");
  if (socketOptions.length > 0)
    throw new ConfigError(`${field}.socket_options`, "is not supported");
  const port = sourceAddress?.portSpecifier;
  if (port?.case === "portValue" && port.value !== 0)
    throw new ConfigError(
      `${field}.source_address.port_value`,
      "must be 0: connections need one each",
    );
  const address = sourceAddress?.address ?? "";
  if (isIP(address) === 0)
    throw new ConfigError(`${field}.source_address.address`, `"${address}" is no IP address`);
  return address;
}

function parsePanicThreshold(message: ClusterMessage): number {
  const percent = message.commonLbConfig?.healthyPanicThreshold?.value ?? 50;
  if (!(percent >= 0 && percent <= 100))
    throw new ConfigError("common_lb_config.healthy_panic_threshold", "must be within 0 to 100");
  return percent;
}

/** A duration that must be longer than `minMs`: at 0 its timer would never rest. */
function toMsAbove(
  minMs: number,
  duration: Duration | undefined,
  defaultMs: number,
  field: string,
): number {
  const ms = toMs(duration, defaultMs, field);
  if (ms <= minMs) throw new ConfigError(field, `must be more than ${minMs}ms`);
  return ms;
}

function parseFamily(family: Cluster_DnsLookupFamily): "any" | "v4" | "v6" {
  if (family === Cluster_DnsLookupFamily.V4_ONLY) return "v4";
  return family === Cluster_DnsLookupFamily.V6_ONLY ? "v6" : "any";
}

function parsePolicy(message: ClusterMessage): LoadBalancingPolicy {
  switch (message.lbPolicy) {
    case Cluster_LbPolicy.ROUND_ROBIN:
    case Cluster_LbPolicy.CLUSTER_PROVIDED:
      return { kind: "round-robin" };
    case Cluster_LbPolicy.RANDOM:
      return { kind: "random" };
    case Cluster_LbPolicy.LEAST_REQUEST: {
      const { lbConfig } = message;
      const choiceCount =
        lbConfig.case === "leastRequestLbConfig" ? (lbConfig.value.choiceCount ?? 2) : 2;
      if (choiceCount < 2)
        throw new ConfigError("least_request_lb_config.choice_count", "must be at least 2");
      return { kind: "least-request", choiceCount };
    }
    default:
      throw new ConfigError("lb_policy", `${Cluster_LbPolicy[message.lbPolicy]} is not supported`);
  }
}
