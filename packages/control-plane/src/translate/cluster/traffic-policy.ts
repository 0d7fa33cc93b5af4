import type { DestinationRule, Subset, TrafficPolicy } from "../../model/destination-rule.ts";

/** What holds for one cluster, ports resolved. */
export type ClusterPolicy = Omit<TrafficPolicy, "portLevelSettings">;

const NO_POLICY: ClusterPolicy = {
  loadBalancer: undefined,
  connectionPool: undefined,
  outlierDetection: undefined,
  tls: undefined,
};

/**
 * The policy of a service's port, or of a subset of it. A subset changes the parts that it names. Port-level
 * settings do not inherit: as in Istio they stand in for the whole policy of their level.
 */
export function resolveTrafficPolicy(
  rule: DestinationRule | undefined,
  subset: Subset | undefined,
  port: number,
): ClusterPolicy {
  const ofRule = atPort(rule?.trafficPolicy, port) ?? NO_POLICY;
  if (subset === undefined) return ofRule;
  const { trafficPolicy } = subset;
  return (
    trafficPolicy.portLevelSettings.get(port) ?? {
      loadBalancer: trafficPolicy.loadBalancer ?? ofRule.loadBalancer,
      connectionPool: trafficPolicy.connectionPool ?? ofRule.connectionPool,
      outlierDetection: trafficPolicy.outlierDetection ?? ofRule.outlierDetection,
      tls: trafficPolicy.tls ?? ofRule.tls,
    }
  );
}

function atPort(policy: TrafficPolicy | undefined, port: number): ClusterPolicy | undefined {
  return policy?.portLevelSettings.get(port) ?? policy;
}
