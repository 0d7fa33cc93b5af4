import type { resourceSchema, ValueOf } from "@weft/api";
import type { RetryPolicy } from "../../../model/virtual-service.ts";
import { closestWord } from "../../yaml/closest-word.ts";
import type { FieldPath } from "../../yaml/field-path.ts";
import type { Finding } from "../../yaml/source-document.ts";

type Written = ValueOf<typeof resourceSchema.httpRetry>;

/** https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on */
const CONDITIONS = [
  "5xx",
  "cancelled",
  "connect-failure",
  "deadline-exceeded",
  "envoy-ratelimited",
  "gateway-error",
  "internal",
  "refused-stream",
  "reset",
  "reset-before-request",
  "resource-exhausted",
  "retriable-4xx",
  "retriable-headers",
  "retriable-status-codes",
  "unavailable",
] as const;

/** Of a rule, or the mesh's default. */
export function toRetryPolicy(written: Written): RetryPolicy {
  return {
    attempts: written.attempts ?? 0,
    perTryTimeoutMs: written.perTryTimeout,
    retryOn: written.retryOn ?? "",
    retryRemoteLocalities: written.retryRemoteLocalities,
    retryIgnorePreviousHosts: written.retryIgnorePreviousHosts,
    backoffMs: written.backoff,
  };
}

/** Each condition must be one of Envoy's, or a status code; without attempts there is nothing to say. */
export function findRetryMistakes(written: Written, path: FieldPath): readonly Finding[] {
  const { attempts = 0, ...others } = written;
  const isOff = attempts === 0 && Object.values(others).some((each) => each !== undefined);
  const off = {
    code: "Conflict",
    path: [...path, "attempts"],
    message: "without attempts nothing is retried, whatever else is said",
    remedy: "add attempts: 2, or remove the other fields",
  } as const;
  return [...(isOff ? [off] : []), ...findUnknownConditions(written, path)];
}

function findUnknownConditions(written: Written, path: FieldPath): readonly Finding[] {
  const conditions = (written.retryOn ?? "").split(",").map((each) => each.trim());
  return conditions
    .filter((each) => each !== "" && !isCondition(each))
    .map((condition) => {
      const near = closestWord(condition, CONDITIONS);
      return {
        code: "InvalidValue",
        path: [...path, "retryOn"],
        message: `${JSON.stringify(condition)} is neither a retry condition nor a status code`,
        remedy:
          near === undefined ? `write some of ${CONDITIONS.join(", ")}` : `did you mean ${near}?`,
      };
    });
}

function isCondition(text: string): boolean {
  return CONDITIONS.some((each) => each === text) || /^[1-5]\d\d$/.test(text);
}
