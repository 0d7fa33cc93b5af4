import type { Stats } from "../stats/stats.ts";
import type { StreamInfo } from "./stream-info.ts";

/** What a connection manager counts; all counters are looked up when it is compiled. */
export interface HcmStats {
  connectionOpened(): void;
  connectionClosed(): void;
  requestStarted(): void;
  requestEnded(info: StreamInfo): void;
  protocolError(status: number): void;
  /** A bug of ours ended a stream. */
  filterThrew(): void;
}

/** Envoy's names below `http.<stat_prefix>.`. */
export function createHcmStats(stats: Stats, statPrefix: string): HcmStats {
  const labels = { envoy_http_conn_manager_prefix: statPrefix };
  const connections = stats.counter("envoy_http_downstream_cx_total", labels);
  const activeConnections = stats.gauge("envoy_http_downstream_cx_active", labels);
  const protocolErrors = stats.counter("envoy_http_downstream_cx_protocol_error", labels);
  const thrown = stats.counter("weft_http_filter_threw_total", labels);
  const requests = stats.counter("envoy_http_downstream_rq_total", labels);
  const activeRequests = stats.gauge("envoy_http_downstream_rq_active", labels);
  const durations = stats.histogram("envoy_http_downstream_rq_time", labels);
  const classes = [0, 1, 2, 3, 4, 5].map((digit) =>
    stats.counter("envoy_http_downstream_rq_xx", {
      envoy_response_code_class: String(digit),
      ...labels,
    }),
  );
  return {
    connectionOpened() {
      connections.add(1);
      activeConnections.add(1);
    },
    connectionClosed: () => activeConnections.add(-1),
    requestStarted() {
      requests.add(1);
      activeRequests.add(1);
    },
    requestEnded(info) {
      activeRequests.add(-1);
      durations.observe(info.endMs - info.startMs);
      classes[Math.floor(info.responseCode / 100)]?.add(1);
    },
    filterThrew: () => thrown.add(1),
    protocolError(status) {
      protocolErrors.add(1);
      requests.add(1);
      classes[Math.floor(status / 100)]?.add(1);
    },
  };
}
