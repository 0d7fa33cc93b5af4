/**
 * The proxy's counters. Each is looked up once, when configuration is compiled; the hot path only
 * holds the object and adds. Names are what `/stats/prometheus` prints: `istio_requests_total`,
 * `envoy_cluster_upstream_rq_total`.
 */
export interface Stats {
  /** The same counter for the same name and labels, made at the first call. */
  counter(name: string, labels?: Labels): Counter;
  gauge(name: string, labels?: Labels): Gauge;
  /** `bounds` are upper bounds in ascending order; Envoy's default buckets when absent. */
  histogram(name: string, labels?: Labels, bounds?: readonly number[]): Histogram;
  /**
   * Text exposition format 0.0.4, which `promtool check metrics` accepts; only the families whose
   * name `admits`, all when absent.
   */
  renderPrometheus(admits?: (name: string) => boolean): string;
  /** `name{labels}: value` lines in Envoy's `/stats` manner. */
  renderText(): string;
}

/** Label name → value, in the order they are printed. */
export type Labels = Readonly<Record<string, string>>;

/** Only goes up. */
export interface Counter {
  readonly value: number;
  add(amount: number): void;
}

/** Goes up and down. */
export interface Gauge {
  readonly value: number;
  add(delta: number): void;
  set(value: number): void;
}

/** Counts observations into buckets. */
export interface Histogram {
  observe(value: number): void;
}
