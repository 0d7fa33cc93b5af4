import type { MetricFamily } from "./create-stats.ts";
import { HistogramBuckets } from "./measure.ts";

/**
 * Text exposition format 0.0.4: one HELP and TYPE line for each name, then its series together.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function renderPrometheusText(families: Iterable<MetricFamily>): string {
  let text = "";
  for (const family of families) {
    text += `# HELP ${family.name} ${describe(family.name)}\n# TYPE ${family.name} ${family.kind}\n`;
    for (const [labels, measure] of family.series) {
      text +=
        measure instanceof HistogramBuckets
          ? renderHistogram(family.name, labels, measure)
          : `${family.name}${braced(labels)} ${measure.value}\n`;
    }
  }
  return text;
}

function renderHistogram(name: string, labels: string, histogram: HistogramBuckets): string {
  const prefix = labels === "" ? "" : `${labels},`;
  let text = "";
  let cumulative = 0;
  for (const [index, bound] of histogram.bounds.entries()) {
    cumulative += histogram.countIn(index);
    text += `${name}_bucket{${prefix}le="${bound}"} ${cumulative}\n`;
  }
  text += `${name}_bucket{${prefix}le="+Inf"} ${histogram.count}\n`;
  text += `${name}_sum${braced(labels)} ${histogram.sum}\n`;
  return `${text}${name}_count${braced(labels)} ${histogram.count}\n`;
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

/** `promtool check metrics` wants a help text; the names are Envoy's and Istio's and explain themselves. */
function describe(name: string): string {
  return name.replaceAll("_", " ");
}
