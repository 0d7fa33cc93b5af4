/** A time series that only grows, or is set; by its rendered labels. */
interface Family {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: Map<string, number>;
}

/** Label name → value. */
export type MetricLabels = Readonly<Record<string, string>>;

/** The control plane's metrics under istiod's names, in Prometheus' text format. */
export class Metrics {
  readonly #families = new Map<string, Family>();

  /** Adds to a counter. */
  count(name: string, help: string, labels: MetricLabels = {}, amount = 1): void {
    const { samples } = this.#family(name, help, "counter");
    const key = `${name}${formatLabels(labels)}`;
    samples.set(key, (samples.get(key) ?? 0) + amount);
  }

  /** Sets a gauge. */
  set(name: string, help: string, value: number, labels: MetricLabels = {}): void {
    this.#family(name, help, "gauge").samples.set(`${name}${formatLabels(labels)}`, value);
  }

  /** Adds an observation to a histogram; `bounds` must be the same each time. */
  observe(name: string, help: string, value: number, bounds: readonly number[]): void {
    const { samples } = this.#family(name, help, "histogram");
    const add = (key: string, amount: number) => samples.set(key, (samples.get(key) ?? 0) + amount);
    for (const bound of bounds) add(`${name}_bucket{le="${bound}"}`, value <= bound ? 1 : 0);
    add(`${name}_bucket{le="+Inf"}`, 1);
    add(`${name}_sum`, value);
    add(`${name}_count`, 1);
  }

  /** Text exposition format 0.0.4. */
  render(): string {
    let text = "";
    for (const [name, { kind, help, samples }] of this.#families) {
      text += `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`;
      for (const [key, value] of samples) text += `${key} ${value}\n`;
    }
    return text;
  }

  #family(name: string, help: string, kind: Family["kind"]): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { kind, help, samples: new Map() };
      this.#families.set(name, family);
    }
    return family;
  }
}

function formatLabels(labels: MetricLabels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
