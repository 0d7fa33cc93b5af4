import { isIP } from "node:net";
import type {
  LbEndpoint,
  LocalityLbEndpoints,
} from "@weft/api/envoy/config/endpoint/v3/endpoint_components_pb.js";
import type { ClusterLoadAssignment } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import { ConfigError } from "@weft/core";
import { toFilterMetadata } from "../config/metadata.ts";
import { parseAddress } from "../upstream/upstream-address.ts";
import type { EndpointConfig, LocalityConfig } from "./upstream-host.ts";

/** core.v3.HealthStatus values that take no requests: UNHEALTHY, DRAINING, TIMEOUT. */
const UNHEALTHY_STATUSES = new Set([2, 3, 4]);

/** The endpoints of an assignment, all localities in one list; none when it is absent. */
export interface LoadAssignment {
  readonly endpoints: readonly EndpointConfig[];
  /** How far a priority level's health counts: 140 lets it lose 28 % before the next one helps. */
  readonly overprovisioningPercent: number;
}

/** Of a cluster whose endpoints nobody has named. */
export const NO_ASSIGNMENT: LoadAssignment = { endpoints: [], overprovisioningPercent: 140 };

/** Throws `ConfigError`. Only clusters that resolve them may have names for addresses. */
export function parseLoadAssignment(
  assignment: ClusterLoadAssignment | undefined,
  options?: { readonly allowsNames: boolean },
): LoadAssignment {
  if (assignment === undefined) return NO_ASSIGNMENT;
  const overloads = assignment.policy?.dropOverloads ?? [];
  if (overloads.length > 0) throw new ConfigError("policy.drop_overloads", "is not supported");
  const overprovisioningPercent =
    assignment.policy?.overprovisioningFactor ?? NO_ASSIGNMENT.overprovisioningPercent;
  if (overprovisioningPercent === 0)
    throw new ConfigError("policy.overprovisioning_factor", "must be above 0");
  const seen = new Set<string>();
  const endpoints = assignment.endpoints
    .flatMap((locality, index) => parseLocality(locality, `endpoints[${index}]`))
    .filter(({ address }) => {
      // The same address twice would be counted twice; the first mention wins, as in Envoy.
      const key = JSON.stringify(address);
      return seen.has(key) ? false : seen.add(key);
    });
  if (options?.allowsNames !== true) endpoints.forEach(refuseName);
  return { endpoints, overprovisioningPercent };
}

function refuseName({ address }: EndpointConfig): void {
  if (address.kind !== "socket" || isIP(address.host) !== 0) return;
  throw new ConfigError(
    "endpoints",
    `"${address.host}" is no IP address; names need a cluster of type STRICT_DNS or LOGICAL_DNS`,
  );
}

function parseLocality(group: LocalityLbEndpoints, field: string): readonly EndpointConfig[] {
  if (group.lbConfig.case === "ledsClusterLocalityConfig")
    throw new ConfigError(`${field}.leds_cluster_locality_config`, "is not supported");
  const endpoints =
    group.lbConfig.case === "loadBalancerEndpoints"
      ? group.lbConfig.value.lbEndpoints
      : group.lbEndpoints;
  const { region = "", zone = "", subZone = "" } = group.locality ?? {};
  const locality = {
    name: [region, zone, subZone].filter((part) => part !== "").join("/"),
    weight: group.loadBalancingWeight ?? 0,
  };
  return endpoints.map((endpoint, index) =>
    parseEndpoint(endpoint, group.priority, locality, `${field}.lb_endpoints[${index}]`),
  );
}

function parseEndpoint(
  endpoint: LbEndpoint,
  priority: number,
  locality: LocalityConfig,
  field: string,
): EndpointConfig {
  if (endpoint.hostIdentifier.case !== "endpoint")
    throw new ConfigError(`${field}.endpoint`, "is required");
  const { address, hostname } = endpoint.hostIdentifier.value;
  const weight = endpoint.loadBalancingWeight ?? 1;
  if (weight < 1) throw new ConfigError(`${field}.load_balancing_weight`, "must be at least 1");
  return {
    address: parseAddress(address, `${field}.endpoint.address`),
    hostname,
    weight,
    priority,
    locality,
    metadata: toFilterMetadata(endpoint.metadata),
    isHealthy: !UNHEALTHY_STATUSES.has(endpoint.healthStatus),
  };
}
