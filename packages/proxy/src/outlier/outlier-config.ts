import type { Duration } from "@bufbuild/protobuf/wkt";
import type { OutlierDetection } from "@weft/api/envoy/config/cluster/v3/outlier_detection_pb.js";
import { ConfigError } from "@weft/core";
import { toMs } from "../config/duration.ts";

/** When a host is taken out, and for how long. A threshold of 0 is switched off. */
export interface OutlierConfig {
  readonly consecutive5xx: number;
  readonly consecutiveGatewayFailures: number;
  /** Counted only with `splitsLocalErrors`; otherwise our own failures count as 5xx. */
  readonly consecutiveLocalFailures: number;
  readonly splitsLocalErrors: boolean;
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  readonly maxEjectionPercent: number;
  /** Ejects one host even when `maxEjectionPercent` of a small cluster is less than one. */
  readonly alwaysEjectsOne: boolean;
}

/** Reads Envoy's outlier detection with its defaults; statistical detectors are refused when asked for. */
export function parseOutlierDetection(
  message: OutlierDetection | undefined,
): OutlierConfig | undefined {
  if (message === undefined) return undefined;
  const field = "outlier_detection";
  if ((message.enforcingFailurePercentage ?? 0) > 0)
    throw new ConfigError(`${field}.enforcing_failure_percentage`, "is not supported");
  // Success-rate ejection is on in Envoy's defaults; only a stated wish for it is refused.
  if ((message.enforcingSuccessRate ?? 0) > 0)
    throw new ConfigError(`${field}.enforcing_success_rate`, "is not supported; set it to 0");
  const baseEjectionMs = toMsAboveZero(
    message.baseEjectionTime,
    30_000,
    `${field}.base_ejection_time`,
  );
  const maxEjectionPercent = message.maxEjectionPercent ?? 10;
  if (maxEjectionPercent > 100)
    throw new ConfigError(`${field}.max_ejection_percent`, "must be at most 100");
  return {
    consecutive5xx: enforced(message.consecutive5xx, message.enforcingConsecutive5xx, 100),
    consecutiveGatewayFailures: enforced(
      message.consecutiveGatewayFailure,
      message.enforcingConsecutiveGatewayFailure,
      0,
    ),
    consecutiveLocalFailures: enforced(
      message.consecutiveLocalOriginFailure,
      message.enforcingConsecutiveLocalOriginFailure,
      100,
    ),
    splitsLocalErrors: message.splitExternalLocalOriginErrors,
    intervalMs: toMsAboveZero(message.interval, 10_000, `${field}.interval`),
    baseEjectionMs,
    maxEjectionMs: Math.max(
      baseEjectionMs,
      toMsAboveZero(message.maxEjectionTime, 300_000, `${field}.max_ejection_time`),
    ),
    maxEjectionPercent,
    alwaysEjectsOne: message.alwaysEjectOneHost ?? false,
  };
}

function toMsAboveZero(duration: Duration | undefined, defaultMs: number, field: string): number {
  const ms = toMs(duration, defaultMs, field);
  if (ms === 0) throw new ConfigError(field, "must be above 0");
  return ms;
}

/** The threshold, or 0 when the detector does not act. Percentages between are not supported. */
function enforced(
  threshold: number | undefined,
  enforcingPercent: number | undefined,
  defaultPercent: number,
): number {
  const percent = enforcingPercent ?? defaultPercent;
  if (percent !== 0 && percent !== 100)
    throw new ConfigError("outlier_detection", "an enforcing percentage must be 0 or 100");
  return percent === 0 ? 0 : (threshold ?? 5);
}
