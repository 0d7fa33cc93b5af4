import type { RequestHead } from "../codec/codec.ts";
import type { HeaderMatcher } from "../route/match/header-matcher.ts";
import { parseRetryOn } from "./retry-on.ts";
import type { RetryPolicy } from "./retry-policy.ts";

const NO_CODES: ReadonlySet<number> = new Set();

/** What the caller asks this proxy for; it acts on them, so they go no further. */
export const RETRY_HEADERS: readonly string[] = [
  "x-envoy-retry-on",
  "x-envoy-retry-grpc-on",
  "x-envoy-max-retries",
  "x-envoy-retriable-status-codes",
  "x-envoy-retriable-header-names",
  "x-envoy-hedge-on-per-try-timeout",
  "x-envoy-upstream-rq-per-try-timeout-ms",
];

/**
 * The route's policy as changed by the caller's x-envoy-* headers (stripped at the edge): retry-on,
 * retry-grpc-on, retriable-status-codes and retriable-header-names add to it, max-retries and the
 * per-try timeout replace the route's.
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
  const headerNames = headers.get("x-envoy-retriable-header-names");
  const isChanged =
    retryOn !== undefined ||
    retryGrpcOn !== undefined ||
    statusCodes !== undefined ||
    headerNames !== undefined ||
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
    retriableHeaders: withHeaderNames(base.retriableHeaders, headerNames),
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

/** Any of these in a response makes it retriable. */
function withHeaderNames(
  matchers: readonly HeaderMatcher[],
  text: string | undefined,
): readonly HeaderMatcher[] {
  if (text === undefined) return matchers;
  const names = text.split(",").map((part) => part.trim().toLowerCase());
  return [...matchers, ...names.filter((name) => name !== "").map(presenceOf)];
}

function presenceOf(name: string): HeaderMatcher {
  return {
    name,
    description: "present",
    isInverted: false,
    treatMissingAsEmpty: false,
    test: undefined,
    wantsAbsent: false,
  };
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
