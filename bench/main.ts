/**
 * `npm run bench`: what one plain HTTP/1.1 hop costs through Weft's proxy, beside Envoy (one worker)
 * and nginx (one process), in one run on the same machine. `--quick` only shows that it works.
 *
 * Load and upstream run on one core, the proxy under test alone on another; each contender is warmed
 * up; rounds alternate between contenders, so that what disturbs the machine disturbs them alike;
 * the table shows medians. docs/decisions/0008-benchmark.md says why so.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { part } from "../scripts/part.ts";
import { type Contender, startContenders, startUpstream } from "./contender.ts";
import { type Effort, measure } from "./measure.ts";
import { formatReport, type Sample, summarize } from "./report.ts";

const isQuick = process.argv.includes("--quick");
const ROUNDS = isQuick ? 1 : 3;
const EFFORT: Effort = { seconds: isQuick ? 1 : 3, connections: 32, requestsPerSecond: 1600 };
const WARM_UP: Effort = { ...EFFORT, seconds: isQuick ? 1 : 2 };

const missing = (["nginx", "wrk", "h2load"] as const).filter((name) => part(name) === undefined);
if (missing.length > 0) {
  console.error(
    `bench: needs ${missing.join(", ")}; "node scripts/install-parts.mjs" installs them (Debian, as root)`,
  );
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), "weft-bench-"));
const running: Contender[] = [];
try {
  if (availableParallelism() < 2) console.log("one core only: load and proxy disturb each other");
  const upstream = await startUpstream(folder);
  running.push(upstream);
  const contenders = await startContenders(folder, upstream);
  running.push(...contenders);
  console.log(formatReport(await compare([upstream, ...contenders])));
} finally {
  for (const contender of running.reverse()) await contender.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function compare(contenders: readonly Contender[]): Promise<ReadonlyMap<string, Sample>> {
  const samples = new Map<string, Sample[]>();
  for (const contender of contenders) await measure(contender, folder, WARM_UP);
  for (let round = 1; round <= ROUNDS; round += 1) {
    console.log(`round ${round} of ${ROUNDS}`);
    for (const contender of contenders) {
      const sample = await measure(contender, folder, EFFORT);
      samples.set(contender.name, [...(samples.get(contender.name) ?? []), sample]);
    }
  }
  return new Map([...samples].map(([name, each]) => [name, summarize(each)]));
}
