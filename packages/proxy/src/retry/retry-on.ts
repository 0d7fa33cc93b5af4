/** What may be retried. Names are Envoy's (`x-envoy-retry-on`, `x-envoy-retry-grpc-on`). */
export type RetryCondition =
  | "5xx"
  | "gateway-error"
  | "reset"
  | "reset-before-request"
  | "connect-failure"
  | "envoy-ratelimited"
  | "retriable-4xx"
  | "refused-stream"
  | "retriable-status-codes"
  | "retriable-headers"
  | "cancelled"
  | "deadline-exceeded"
  | "internal"
  | "resource-exhausted"
  | "unavailable";

/** gRPC status → the condition that allows a retry of it. */
export const GRPC_CONDITION: ReadonlyMap<string, RetryCondition> = new Map([
  ["1", "cancelled"],
  ["4", "deadline-exceeded"],
  ["8", "resource-exhausted"],
  ["13", "internal"],
  ["14", "unavailable"],
]);

/** Comma-separated; unknown names are skipped, as Envoy does. */
export function parseRetryOn(text: string): ReadonlySet<RetryCondition> {
  const conditions = new Set<RetryCondition>();
  for (const part of text.split(",")) {
    const condition = CONDITIONS.get(part.trim());
    if (condition !== undefined) conditions.add(condition);
  }
  return conditions;
}

const CONDITIONS: ReadonlyMap<string, RetryCondition> = new Map(
  (
    [
      "5xx",
      "gateway-error",
      "reset",
      "reset-before-request",
      "connect-failure",
      "envoy-ratelimited",
      "retriable-4xx",
      "refused-stream",
      "retriable-status-codes",
      "retriable-headers",
      "cancelled",
      "deadline-exceeded",
      "internal",
      "resource-exhausted",
      "unavailable",
    ] as const
  ).map((name) => [name, name]),
);
