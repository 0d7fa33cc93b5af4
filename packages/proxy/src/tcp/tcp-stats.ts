import type { Counter, Gauge, Stats } from "../stats/stats.ts";

/** Envoy's counters of one TCP proxy. */
export interface TcpStats {
  readonly total: Counter;
  readonly active: Gauge;
  readonly noRoute: Counter;
  readonly receivedBytes: Counter;
  readonly sentBytes: Counter;
  readonly idleTimeout: Counter;
  readonly maxDuration: Counter;
}

/** Looks the counters up once. */
export function createTcpStats(stats: Stats, prefix: string): TcpStats {
  const labels = { envoy_tcp_prefix: prefix };
  return {
    total: stats.counter("envoy_tcp_downstream_cx_total", labels),
    active: stats.gauge("envoy_tcp_downstream_cx_active", labels),
    noRoute: stats.counter("envoy_tcp_downstream_cx_no_route", labels),
    receivedBytes: stats.counter("envoy_tcp_downstream_cx_rx_bytes_total", labels),
    sentBytes: stats.counter("envoy_tcp_downstream_cx_tx_bytes_total", labels),
    idleTimeout: stats.counter("envoy_tcp_idle_timeout", labels),
    maxDuration: stats.counter("envoy_tcp_max_downstream_connection_duration", labels),
  };
}
