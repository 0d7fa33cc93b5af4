import { create } from "@bufbuild/protobuf";
import {
  type OutlierDetection as EnvoyOutlierDetection,
  OutlierDetectionSchema,
} from "@weft/api/envoy/config/cluster/v3/outlier_detection_pb.js";
import type { OutlierDetection } from "../../model/destination-rule.ts";
import { durationFromMs } from "../message/wire-duration.ts";

/** Success rates are never looked at; a kind of error that is given a number always counts, 0 never. */
export function buildOutlierDetection(outlier: OutlierDetection): EnvoyOutlierDetection {
  const { consecutive5xxErrors, consecutiveGatewayErrors, intervalMs } = outlier;
  const { baseEjectionTimeMs, maxEjectionPercent } = outlier;
  return create(OutlierDetectionSchema, {
    ...(consecutive5xxErrors === undefined
      ? {}
      : {
          consecutive5xx: consecutive5xxErrors,
          enforcingConsecutive5xx: enforcing(consecutive5xxErrors),
        }),
    ...(consecutiveGatewayErrors === undefined
      ? {}
      : {
          consecutiveGatewayFailure: consecutiveGatewayErrors,
          enforcingConsecutiveGatewayFailure: enforcing(consecutiveGatewayErrors),
        }),
    ...(intervalMs === undefined ? {} : { interval: durationFromMs(intervalMs) }),
    ...(baseEjectionTimeMs === undefined
      ? {}
      : { baseEjectionTime: durationFromMs(baseEjectionTimeMs) }),
    // 0 is as good as nothing to Istio.
    ...(maxEjectionPercent === undefined || maxEjectionPercent === 0 ? {} : { maxEjectionPercent }),
    enforcingSuccessRate: 0,
    ...localOrigin(outlier),
  });
}

function localOrigin(outlier: OutlierDetection) {
  if (!outlier.splitExternalLocalOriginErrors) return {};
  const failures = outlier.consecutiveLocalOriginFailures;
  return {
    splitExternalLocalOriginErrors: true,
    enforcingLocalOriginSuccessRate: 0,
    ...(failures === undefined || failures === 0
      ? {}
      : {
          consecutiveLocalOriginFailure: failures,
          enforcingConsecutiveLocalOriginFailure: enforcing(failures),
        }),
  };
}

function enforcing(errors: number): number {
  return errors > 0 ? 100 : 0;
}
