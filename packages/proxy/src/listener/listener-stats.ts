import type { Counter, Gauge, Stats } from "../stats/stats.ts";

/** Envoy's counters of one listener. */
export interface ListenerStats {
  readonly total: Counter;
  readonly active: Gauge;
  readonly overflow: Counter;
  readonly noChainMatch: Counter;
  readonly preTimeout: Counter;
  readonly handshake: Counter;
  readonly handshakeError: Counter;
}

/** Looks the counters up once. */
export function createListenerStats(stats: Stats, address: string): ListenerStats {
  const labels = { envoy_listener_address: address };
  return {
    total: stats.counter("envoy_listener_downstream_cx_total", labels),
    active: stats.gauge("envoy_listener_downstream_cx_active", labels),
    overflow: stats.counter("envoy_listener_downstream_cx_overflow", labels),
    noChainMatch: stats.counter("envoy_listener_no_filter_chain_match", labels),
    preTimeout: stats.counter("envoy_listener_downstream_pre_cx_timeout", labels),
    handshake: stats.counter("envoy_listener_ssl_handshake", labels),
    handshakeError: stats.counter("envoy_listener_ssl_connection_error", labels),
  };
}
