import type { Counter, Gauge, Histogram, Labels, Stats } from "../stats/stats.ts";

/** Counters of one cluster, looked up once. Names are Envoy's, in their Prometheus form. */
export interface ClusterStats {
  readonly requestsTotal: Counter;
  readonly requestsActive: Gauge;
  readonly pendingActive: Gauge;
  readonly pendingOverflow: Counter;
  readonly connectionsTotal: Counter;
  readonly connectionsActive: Gauge;
  readonly connectionOverflow: Counter;
  readonly connectFail: Counter;
  readonly connectTimeout: Counter;
  readonly connectTime: Histogram;
  readonly retryOverflow: Counter;
  readonly noneHealthy: Counter;
  readonly membershipTotal: Gauge;
  readonly membershipHealthy: Gauge;
  readonly ejectionsActive: Gauge;
  readonly ejectionsTotal: Counter;
  readonly ejectionsOverflow: Counter;
  readonly healthyPanic: Counter;
  /** By status class: index 2 is 2xx. */
  readonly responses: readonly Counter[];
}

/** The cluster's own series in `stats`. */
export function createClusterStats(stats: Stats, clusterName: string): ClusterStats {
  const labels: Labels = { envoy_cluster_name: clusterName };
  const counter = (name: string, more?: Labels) =>
    stats.counter(`envoy_cluster_${name}`, more === undefined ? labels : { ...more, ...labels });
  const gauge = (name: string) => stats.gauge(`envoy_cluster_${name}`, labels);
  return {
    requestsTotal: counter("upstream_rq_total"),
    requestsActive: gauge("upstream_rq_active"),
    pendingActive: gauge("upstream_rq_pending_active"),
    pendingOverflow: counter("upstream_rq_pending_overflow"),
    connectionsTotal: counter("upstream_cx_total"),
    connectionsActive: gauge("upstream_cx_active"),
    connectionOverflow: counter("upstream_cx_overflow"),
    connectFail: counter("upstream_cx_connect_fail"),
    connectTimeout: counter("upstream_cx_connect_timeout"),
    connectTime: stats.histogram("envoy_cluster_upstream_cx_connect_ms", labels),
    retryOverflow: counter("upstream_rq_retry_overflow"),
    noneHealthy: counter("upstream_cx_none_healthy"),
    membershipTotal: gauge("membership_total"),
    membershipHealthy: gauge("membership_healthy"),
    ejectionsActive: gauge("outlier_detection_ejections_active"),
    ejectionsTotal: counter("outlier_detection_ejections_enforced_total"),
    ejectionsOverflow: counter("outlier_detection_ejections_overflow"),
    healthyPanic: counter("lb_healthy_panic"),
    responses: ["0", "1", "2", "3", "4", "5"].map((codeClass) =>
      counter("upstream_rq_xx", { envoy_response_code_class: codeClass }),
    ),
  };
}
