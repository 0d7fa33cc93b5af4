import type { HeaderMap } from "../../http/header-map.ts";

/** How long a try may take, as this proxy will enforce it. 0 is none. */
export interface TryTimeouts {
  /** Of all tries together, from the end of the request. */
  readonly routeMs: number;
  readonly perTryMs: number;
  /** Of `routeMs`, what has passed already. */
  readonly elapsedMs: number;
}

/** The shorter of a try's own timeout and what is left of the route's; undefined when there is none. */
export function expectedTimeoutMs(timeouts: TryTimeouts): number | undefined {
  const { routeMs, perTryMs, elapsedMs } = timeouts;
  if (routeMs <= 0) return perTryMs > 0 ? perTryMs : undefined;
  // When time is up the timer is about to fire; 0 would read as "no timeout".
  const remainingMs = Math.max(1, routeMs - elapsedMs);
  return perTryMs > 0 ? Math.min(perTryMs, remainingMs) : remainingMs;
}

/** Tells the upstream how long it is waited for: in Envoy's words, and in gRPC's where `isGrpc`. */
export function setTimeoutHeaders(
  headers: HeaderMap,
  timeoutMs: number,
  speech: { readonly envoy: boolean; readonly grpc: boolean },
): void {
  const wholeMs = Math.ceil(timeoutMs);
  if (speech.envoy) headers.set("x-envoy-expected-rq-timeout-ms", String(wholeMs));
  if (speech.grpc) headers.set("grpc-timeout", formatGrpcTimeout(wholeMs));
}

/** gRPC allows eight digits: `2000m` is two seconds. */
function formatGrpcTimeout(wholeMs: number): string {
  return wholeMs <= 99_999_999 ? `${wholeMs}m` : `${Math.floor(wholeMs / 1000)}S`;
}
