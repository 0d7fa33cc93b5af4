import type { HeaderMap } from "../http/header-map.ts";
import type { HeaderMatcher } from "../route/match/header-matcher.ts";
import { GRPC_CONDITION } from "./retry-on.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** How one try ended. */
export type TryOutcome =
  | { readonly kind: "response"; readonly status: number; readonly headers: HeaderMap }
  /** No connection could be had. */
  | { readonly kind: "connect-failure" }
  /** The circuit breaker refused; trying again at once would only add to it. */
  | { readonly kind: "overflow" }
  | { readonly kind: "no-healthy-host" }
  /** The stream broke before a response; `wasSent` once the host may have seen the request. */
  | { readonly kind: "reset"; readonly wasSent: boolean; readonly isRefused: boolean }
  | { readonly kind: "per-try-timeout" };

/**
 * Whether the policy allows sending the request again after `outcome`. Pure: counting tries, and
 * whether the body is still at hand, is the router's business.
 */
export function allowsRetry(policy: RetryPolicy, outcome: TryOutcome): boolean {
  const { conditions } = policy;
  switch (outcome.kind) {
    case "response":
      return allowsResponseRetry(policy, outcome.status, outcome.headers);
    case "overflow":
    case "no-healthy-host":
      return false;
    case "connect-failure":
      return (
        conditions.has("connect-failure") ||
        conditions.has("5xx") ||
        conditions.has("gateway-error") ||
        conditions.has("reset") ||
        conditions.has("reset-before-request")
      );
    case "reset":
      if (outcome.isRefused && conditions.has("refused-stream")) return true;
      if (!outcome.wasSent && conditions.has("reset-before-request")) return true;
      return conditions.has("5xx") || conditions.has("gateway-error") || conditions.has("reset");
    case "per-try-timeout":
      return conditions.has("5xx") || conditions.has("gateway-error") || conditions.has("reset");
  }
}

function allowsResponseRetry(policy: RetryPolicy, status: number, headers: HeaderMap): boolean {
  const { conditions } = policy;
  // The upstream proxy says that it is limiting: more of the same would not help.
  if (headers.has("x-envoy-ratelimited")) return conditions.has("envoy-ratelimited");
  if (conditions.has("5xx") && status >= 500 && status < 600) return true;
  if (conditions.has("gateway-error") && status >= 502 && status <= 504) return true;
  if (conditions.has("retriable-4xx") && status === 409) return true;
  if (conditions.has("retriable-status-codes") && policy.retriableStatusCodes.has(status))
    return true;
  if (conditions.has("retriable-headers") && matchesAny(policy.retriableHeaders, headers))
    return true;
  const grpcStatus = headers.get("grpc-status");
  if (grpcStatus === undefined) return false;
  const condition = GRPC_CONDITION.get(grpcStatus);
  return condition !== undefined && conditions.has(condition);
}

/** Response headers have no pseudo headers worth matching, so plain values suffice. */
function matchesAny(matchers: readonly HeaderMatcher[], headers: HeaderMap): boolean {
  return matchers.some((matcher) => {
    const value = headers.joined(matcher.name);
    if (matcher.test === undefined) {
      return ((value !== undefined) !== matcher.wantsAbsent) !== matcher.isInverted;
    }
    // As Envoy: a value that is not there matches no rule about values, an inverted one neither.
    if (value === undefined && !matcher.treatMissingAsEmpty) return false;
    return matcher.test(value ?? "") !== matcher.isInverted;
  });
}
