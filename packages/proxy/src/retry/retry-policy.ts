import type { RetryPolicy as RetryPolicyMessage } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { type BackoffConfig, ConfigError } from "@weft/core";
import { optionalDurationMs } from "../route/action/duration-ms.ts";
import { compileHeaderMatcher, type HeaderMatcher } from "../route/match/header-matcher.ts";
import { parseRetryOn, type RetryCondition } from "./retry-on.ts";

/** When and how often a request is sent again. */
export interface RetryPolicy {
  readonly conditions: ReadonlySet<RetryCondition>;
  /** Tries after the first one. */
  readonly maxRetries: number;
  /** 0: none. */
  readonly perTryTimeoutMs: number;
  readonly retriableStatusCodes: ReadonlySet<number>;
  readonly retriableHeaders: readonly HeaderMatcher[];
  /** When not empty, only requests that match one of these are retried. */
  readonly retriableRequestHeaders: readonly HeaderMatcher[];
  readonly backoff: BackoffConfig;
  /** `previous_hosts`: a retry avoids hosts that were tried already. */
  readonly avoidsPreviousHosts: boolean;
  readonly hostSelectionAttempts: number;
}

const DEFAULT_BASE_MS = 25;
const PREVIOUS_HOSTS: ExtensionId = {
  name: "previous_hosts",
  type: "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
};
const PREVIOUS_PRIORITIES: ExtensionId = {
  name: "previous_priorities",
  type: "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
};

/** Throws `ConfigError`. Defaults are Envoy's: one retry, 25 ms base, ten times that at most. */
export function compileRetryPolicy(message: RetryPolicyMessage, field: string): RetryPolicy {
  refuseUnsupported(message, field);
  const baseMs = optionalDurationMs(message.retryBackOff?.baseInterval) ?? DEFAULT_BASE_MS;
  const maxMs = optionalDurationMs(message.retryBackOff?.maxInterval) ?? baseMs * 10;
  if (!(baseMs > 0) || maxMs < baseMs) {
    throw new ConfigError(`${field}.retry_back_off`, "needs 0 < base_interval <= max_interval");
  }
  const perTryTimeoutMs = optionalDurationMs(message.perTryTimeout) ?? 0;
  if (perTryTimeoutMs < 0)
    throw new ConfigError(`${field}.per_try_timeout`, "must not be negative");
  return {
    conditions: parseRetryOn(message.retryOn),
    maxRetries: message.numRetries ?? 1,
    perTryTimeoutMs,
    retriableStatusCodes: new Set(message.retriableStatusCodes),
    retriableHeaders: message.retriableHeaders.map((matcher, index) =>
      compileHeaderMatcher(matcher, `${field}.retriable_headers[${index}]`),
    ),
    retriableRequestHeaders: message.retriableRequestHeaders.map((matcher, index) =>
      compileHeaderMatcher(matcher, `${field}.retriable_request_headers[${index}]`),
    ),
    backoff: { baseMs, maxMs },
    avoidsPreviousHosts: message.retryHostPredicate.length > 0,
    hostSelectionAttempts: Math.max(1, Number(message.hostSelectionRetryMaxAttempts)),
  };
}

function refuseUnsupported(message: RetryPolicyMessage, field: string): void {
  for (const [index, predicate] of message.retryHostPredicate.entries()) {
    refuseOther(predicate, PREVIOUS_HOSTS, `${field}.retry_host_predicate[${index}]`);
  }
  if (message.retryPriority !== undefined) {
    // Priorities are chosen by the cluster; after failures it leaves an unhealthy one by itself.
    refuseOther(message.retryPriority, PREVIOUS_PRIORITIES, `${field}.retry_priority`);
  }
  if (message.perTryIdleTimeout !== undefined) {
    throw new ConfigError(`${field}.per_try_idle_timeout`, "is not supported");
  }
  if (message.retryOptionsPredicates.length > 0) {
    throw new ConfigError(`${field}.retry_options_predicates`, "is not supported");
  }
  if (message.rateLimitedRetryBackOff !== undefined) {
    throw new ConfigError(`${field}.rate_limited_retry_back_off`, "is not supported");
  }
}

function refuseOther(
  extension: { readonly name: string; readonly configType: RetryExtension },
  wanted: ExtensionId,
  field: string,
): void {
  const typeUrl = extension.configType.value?.typeUrl ?? "";
  const isWanted =
    typeUrl === ""
      ? extension.name.split(".").at(-1) === wanted.name
      : typeUrl.split("/").at(-1) === wanted.type;
  if (!isWanted) throw new ConfigError(field, `"${extension.name}" is not supported`);
}

/** An extension is told by its config's type or, where it has none, by the end of its name. */
interface ExtensionId {
  readonly name: string;
  readonly type: string;
}

type RetryExtension = { readonly value?: { readonly typeUrl: string } | undefined };
