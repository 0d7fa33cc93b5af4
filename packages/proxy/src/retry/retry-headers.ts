import type { RequestHead } from "../codec/codec.ts";
import { parseRetryOn } from "./retry-on.ts";
import type { RetryPolicy } from "./retry-policy.ts";

const NO_CODES: ReadonlySet<number> = new Set();

/**
 * The route's policy as changed by the caller's x-envoy-* headers (stripped at the edge): retry-on,
 * retry-grpc-on and retriable-status-codes add to it, max-retries and the per-try timeout replace the
 * route's.
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter
 */
export function applyRetryHeaders(
  policy: RetryPolicy | undefined,
  request: RequestHead,
): RetryPolicy | undefined {
  const { headers } = request;
  const retryOn = headers.get("x-envoy-retry-on");
  const retryGrpcOn = headers.get("x-envoy-retry-grpc-on");
  const maxRetries = wholeNumber(headers.get("x-envoy-max-retries"));
  const perTryTimeoutMs = wholeNumber(headers.get("x-envoy-upstream-rq-per-try-timeout-ms"));
  const statusCodes = headers.get("x-envoy-retriable-status-codes");
  const isChanged =
    retryOn !== undefined ||
    retryGrpcOn !== undefined ||
    statusCodes !== undefined ||
    maxRetries !== undefined ||
    perTryTimeoutMs !== undefined;
  if (!isChanged) return policy;
  const base = policy ?? EMPTY_POLICY;
  return {
    ...base,
    conditions: new Set([
      ...base.conditions,
      ...parseRetryOn(retryOn ?? ""),
      ...parseRetryOn(retryGrpcOn ?? ""),
    ]),
    maxRetries: maxRetries ?? base.maxRetries,
    perTryTimeoutMs: perTryTimeoutMs ?? base.perTryTimeoutMs,
    retriableStatusCodes: withStatusCodes(base.retriableStatusCodes, statusCodes),
  };
}

/** Whatever is no number in the list is skipped, as Envoy does. */
function withStatusCodes(
  codes: ReadonlySet<number>,
  text: string | undefined,
): ReadonlySet<number> {
  if (text === undefined) return codes;
  const added = text.split(",").flatMap((part) => wholeNumber(part.trim()) ?? []);
  return new Set([...codes, ...added]);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const EMPTY_POLICY: RetryPolicy = {
  conditions: new Set(),
  maxRetries: 1,
  perTryTimeoutMs: 0,
  retriableStatusCodes: NO_CODES,
  retriableHeaders: [],
  retriableRequestHeaders: [],
  backoff: { baseMs: 25, maxMs: 250 },
  avoidsPreviousHosts: false,
  hostSelectionAttempts: 1,
};
