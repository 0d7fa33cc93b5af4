/** gRPC's status names, at the place of their number. https://grpc.io/docs/guides/status-codes/ */
export const GRPC_STATUS_NAMES: readonly string[] = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

/** The number of a status that is written as a name, in any case, or as a number; else `undefined`. */
export function parseGrpcStatus(text: string): number | undefined {
  const named = GRPC_STATUS_NAMES.indexOf(text.toUpperCase());
  if (named >= 0) return named;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return number < GRPC_STATUS_NAMES.length ? number : undefined;
}
