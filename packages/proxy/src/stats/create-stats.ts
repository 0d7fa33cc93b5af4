import { HistogramBuckets, Measure } from "./measure.ts";
import { renderPrometheusText } from "./prometheus-text.ts";
import type { Counter, Gauge, Histogram, Labels, Stats } from "./stats.ts";

/** Envoy's default histogram buckets, in the unit of what is observed (times: milliseconds). */
export const DEFAULT_BOUNDS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000,
  1_800_000, 3_600_000,
];

/** All series of one metric name; they share kind and, for a histogram, bounds. */
export interface MetricFamily {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  /** Rendered labels (`a="b",c="d"`) → series. */
  readonly series: ReadonlyMap<string, Measure | HistogramBuckets>;
}

/** A registry of its own, empty; each proxy has one. */
export function createStats(): Stats {
  const families = new Map<string, MetricFamily & { readonly series: Map<string, Series> }>();

  function series<S extends Series>(
    kind: MetricFamily["kind"],
    name: string,
    labels: Labels | undefined,
    create: () => S,
  ): S {
    let family = families.get(name);
    if (family === undefined) {
      family = { name, kind, series: new Map() };
      families.set(name, family);
    }
    // One name with two meanings would make the whole exposition unreadable.
    if (family.kind !== kind) throw new Error(`${name} is a ${family.kind}, not a ${kind}`);
    const key = formatLabels(labels);
    let found = family.series.get(key);
    if (found === undefined) {
      found = create();
      family.series.set(key, found);
    }
    return found as S;
  }

  return {
    counter: (name, labels): Counter => series("counter", name, labels, () => new Measure()),
    gauge: (name, labels): Gauge => series("gauge", name, labels, () => new Measure()),
    histogram: (name, labels, bounds = DEFAULT_BOUNDS): Histogram =>
      series("histogram", name, labels, () => new HistogramBuckets(bounds)),
    renderPrometheus: (admits = () => true) =>
      renderPrometheusText([...families.values()].filter(({ name }) => admits(name))),
    renderText: () => renderStatsText(families.values()),
  };
}

type Series = Measure | HistogramBuckets;

/** Label values are peers' text: escaped here once, so that rendering only joins. */
function formatLabels(labels: Labels | undefined): string {
  if (labels === undefined) return "";
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabelValue(value)}"`)
    .join(",");
}

function escapeLabelValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function renderStatsText(families: Iterable<MetricFamily>): string {
  const lines: string[] = [];
  for (const { name, series } of families) {
    for (const [labels, measure] of series) {
      const title = labels === "" ? name : `${name}{${labels}}`;
      lines.push(
        measure instanceof Measure
          ? `${title}: ${measure.value}`
          : `${title}: count=${measure.count} sum=${measure.sum}`,
      );
    }
  }
  return `${lines.sort().join("\n")}\n`;
}
