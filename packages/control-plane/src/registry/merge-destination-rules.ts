import type { DestinationRule, Subset, TrafficPolicy } from "../model/destination-rule.ts";

/**
 * Several rules of one namespace for one host: subsets are added up (the older one's wins a name), the
 * policy is the oldest rule's that has one. At least one rule, oldest first.
 */
export function mergeDestinationRules(rules: readonly DestinationRule[]): DestinationRule {
  const [oldest] = rules;
  if (oldest === undefined) throw new RangeError("there is nothing to merge");
  const subsets = new Map<string, Subset>();
  for (const { subsets: more } of rules) {
    for (const subset of more) if (!subsets.has(subset.name)) subsets.set(subset.name, subset);
  }
  const { trafficPolicy } = rules.find((each) => !isEmpty(each.trafficPolicy)) ?? oldest;
  return { ...oldest, trafficPolicy, subsets: [...subsets.values()] };
}

function isEmpty(policy: TrafficPolicy): boolean {
  const { loadBalancer, connectionPool, outlierDetection, tls, portLevelSettings } = policy;
  return (
    loadBalancer === undefined &&
    connectionPool === undefined &&
    outlierDetection === undefined &&
    tls === undefined &&
    portLevelSettings.size === 0
  );
}
