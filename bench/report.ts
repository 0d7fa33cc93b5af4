/** What one round found out about one contender. */
export interface Sample {
  readonly requestsPerSecond: number;
  readonly cpuMicrosPerRequest: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly failedCount: number;
}

/** The smallest value that at least `fraction` of `values` do not exceed; NaN of none. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN;
}

/** Each figure's median over the rounds; failures are added up. */
export function summarize(samples: readonly Sample[]): Sample {
  const median = (figure: (sample: Sample) => number) => percentile(samples.map(figure), 0.5);
  return {
    requestsPerSecond: median((sample) => sample.requestsPerSecond),
    cpuMicrosPerRequest: median((sample) => sample.cpuMicrosPerRequest),
    p50Micros: median((sample) => sample.p50Micros),
    p99Micros: median((sample) => sample.p99Micros),
    failedCount: samples.reduce((sum, { failedCount }) => sum + failedCount, 0),
  };
}

/** A table, a line a contender; then Weft's figures as multiples of each other's. */
export function formatReport(summaries: ReadonlyMap<string, Sample>): string {
  const header = row("", "CPU µs/request", "p50 µs", "p99 µs", "requests/s", "failed");
  const lines = [...summaries].map(([name, sample]) =>
    row(
      name,
      sample.cpuMicrosPerRequest === 0 ? "–" : sample.cpuMicrosPerRequest.toFixed(1),
      sample.p50Micros.toFixed(0),
      sample.p99Micros.toFixed(0),
      sample.requestsPerSecond.toFixed(0),
      `${sample.failedCount}`,
    ),
  );
  return [header, ...lines, ...formatRatios(summaries)].join("\n");
}

function formatRatios(summaries: ReadonlyMap<string, Sample>): readonly string[] {
  const weft = summaries.get("weft");
  if (weft === undefined) return [];
  return ["envoy", "nginx"].flatMap((name) => {
    const other = summaries.get(name);
    if (other === undefined) return [`weft/${name}: not measured, ${name} is not installed`];
    const ratio = (figure: (sample: Sample) => number) => (figure(weft) / figure(other)).toFixed(2);
    return [
      `weft/${name}: CPU ×${ratio((sample) => sample.cpuMicrosPerRequest)}, ` +
        `p50 ×${ratio((sample) => sample.p50Micros)}, p99 ×${ratio((sample) => sample.p99Micros)}`,
    ];
  });
}

function row(name: string, ...cells: readonly string[]): string {
  return name.padEnd(10) + cells.map((cell) => cell.padStart(16)).join("");
}
