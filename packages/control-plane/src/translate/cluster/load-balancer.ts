import { create } from "@bufbuild/protobuf";
import {
  Cluster_LbPolicy,
  type Cluster_SlowStartConfig,
  Cluster_SlowStartConfigSchema,
} from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { LoadBalancerPolicy } from "../../model/destination-rule.ts";
import { durationFromMs } from "../message/wire-duration.ts";

const LB_POLICY: Readonly<Record<LoadBalancerPolicy["simple"], Cluster_LbPolicy>> = {
  LEAST_REQUEST: Cluster_LbPolicy.LEAST_REQUEST,
  ROUND_ROBIN: Cluster_LbPolicy.ROUND_ROBIN,
  RANDOM: Cluster_LbPolicy.RANDOM,
};

/** How a cluster chooses among its endpoints; least request is Istio's default. */
export function loadBalancerFields(policy: LoadBalancerPolicy | undefined) {
  const simple = policy?.simple ?? "LEAST_REQUEST";
  const fields = { lbPolicy: LB_POLICY[simple] };
  if (policy?.warmupMs === undefined) return fields;
  const slowStartConfig = slowStart(policy.warmupMs);
  switch (simple) {
    case "ROUND_ROBIN":
      return {
        ...fields,
        lbConfig: { case: "roundRobinLbConfig", value: { slowStartConfig } } as const,
      };
    case "LEAST_REQUEST":
      return {
        ...fields,
        lbConfig: { case: "leastRequestLbConfig", value: { slowStartConfig } } as const,
      };
    default:
      return fields;
  }
}

/** A new endpoint begins with a tenth of its share, and has all of it after `warmupMs`. */
function slowStart(warmupMs: number): Cluster_SlowStartConfig {
  return create(Cluster_SlowStartConfigSchema, {
    slowStartWindow: durationFromMs(warmupMs),
    minWeightPercent: { value: 10 },
  });
}
