import { create } from "@bufbuild/protobuf";
import {
  type RetryPolicy as EnvoyRetryPolicy,
  RetryPolicySchema,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { PreviousHostsPredicateSchema } from "@weft/api/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js";
import { PreviousPrioritiesConfigSchema } from "@weft/api/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb.js";
import type { RetryPolicy } from "../../../model/virtual-service.ts";
import { buildExtension } from "../../message/any.ts";
import { durationFromMs } from "../../message/wire-duration.ts";
import type { Scope } from "../../scope.ts";

/** What Istio retries unless told otherwise: only what surely never reached the application. */
const DEFAULT_RETRY_ON =
  "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";

/** Attempts to find a host that was not tried before; then one tried before must do. */
const HOST_SELECTION_MAX_ATTEMPTS = 5n;

const DEFAULT_POLICY: RetryPolicy = {
  attempts: 2,
  perTryTimeoutMs: undefined,
  retryOn: "",
  retryRemoteLocalities: undefined,
  retryIgnorePreviousHosts: undefined,
  backoffMs: undefined,
};

/** Retries of a route; `undefined` when they are turned off. */
export function buildRetryPolicy(
  retries: RetryPolicy | undefined,
  { config }: Pick<Scope, "config">,
): EnvoyRetryPolicy | undefined {
  const policy = retries ?? config.defaultHttpRetryPolicy ?? DEFAULT_POLICY;
  if (policy.attempts <= 0) return undefined;
  const { retryOn, statusCodes } = retryConditions(policy.retryOn);
  return create(RetryPolicySchema, {
    retryOn,
    retriableStatusCodes: statusCodes,
    numRetries: policy.attempts,
    hostSelectionRetryMaxAttempts: HOST_SELECTION_MAX_ATTEMPTS,
    ...(policy.perTryTimeoutMs === undefined || policy.perTryTimeoutMs === 0
      ? {}
      : { perTryTimeout: durationFromMs(policy.perTryTimeoutMs) }),
    ...(policy.backoffMs === undefined
      ? {}
      : { retryBackOff: { baseInterval: durationFromMs(policy.backoffMs) } }),
    ...otherHosts(policy),
  });
}

/** What is retried towards the application of the same workload: a request that was never sent. */
export function buildInboundRetryPolicy(): EnvoyRetryPolicy {
  return create(RetryPolicySchema, { retryOn: "reset-before-request", numRetries: 2 });
}

/** Where a retry goes. */
function otherHosts(policy: RetryPolicy) {
  const hostPredicate = buildExtension(
    "envoy.retry_host_predicates.previous_hosts",
    PreviousHostsPredicateSchema,
  );
  const priority = buildExtension(
    "envoy.retry_priorities.previous_priorities",
    PreviousPrioritiesConfigSchema,
    { updateFrequency: 2 },
  );
  return {
    ...(policy.retryIgnorePreviousHosts === false ? {} : { retryHostPredicate: [hostPredicate] }),
    ...(policy.retryRemoteLocalities === true ? { retryPriority: priority } : {}),
  };
}

/** Status codes stand among Istio's conditions; Envoy wants them apart, behind a condition of their own. */
function retryConditions(text: string): { retryOn: string; statusCodes: number[] } {
  if (text === "") return { retryOn: DEFAULT_RETRY_ON, statusCodes: [] };
  const parts = text.split(",").map((part) => part.trim());
  const statusCodes = parts.filter(isStatusCode).map(Number);
  const conditions = parts.filter((part) => part !== "" && !isStatusCode(part));
  if (statusCodes.length > 0 && !conditions.includes("retriable-status-codes")) {
    conditions.push("retriable-status-codes");
  }
  return { retryOn: conditions.join(","), statusCodes };
}

function isStatusCode(text: string): boolean {
  return /^[1-5][0-9]{2}$/.test(text);
}
