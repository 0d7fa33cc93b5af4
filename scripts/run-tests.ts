/**
 * `npm test`: the unit and integration tests of the packages, the examples and the scripts side by
 * side, then the tests of tests/, one file after another because each starts a whole mesh. Fails
 * when a test fails, when none ran, and with CI=true when one was skipped. Parameters choose files:
 * `npm test -- canary` runs every test file whose path contains "canary".
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

interface Suite {
  readonly title: string;
  readonly patterns: readonly string[];
  /** How many files may run at the same time. */
  readonly concurrency: number;
  readonly timeoutMs: number;
}

/** What the summary of a run says. */
interface Counts {
  tests: number;
  skipped: number;
}

const SUITES: readonly Suite[] = [
  {
    title: "unit and integration tests",
    patterns: [
      "packages/*/src/**/*.test.ts",
      "packages/*/test/**/*.test.ts",
      "examples/**/*.test.ts",
      "scripts/*.test.ts",
      "bench/*.unit.test.ts",
    ],
    concurrency: 2,
    timeoutMs: 120_000,
  },
  {
    title: "end-to-end tests (real processes)",
    patterns: ["tests/**/*.test.ts", "bench/smoke.test.ts"],
    concurrency: 1,
    timeoutMs: 300_000,
  },
];

const words = process.argv.slice(2);
let isPassed = true;
let ranFiles = 0;
for (const suite of SUITES) {
  const files = globSync([...suite.patterns], { exclude: ["**/node_modules/**"] })
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort();
  if (files.length === 0 && words.length > 0) continue;
  ranFiles += files.length;
  isPassed = (await run(suite, files)) && isPassed;
}
if (ranFiles === 0) console.error(`no test file has ${words.join(" or ")} in its path`);
process.exitCode = isPassed && ranFiles > 0 ? 0 : 1;

async function run(suite: Suite, files: readonly string[]): Promise<boolean> {
  const { title, concurrency, timeoutMs } = suite;
  const startedAtMs = performance.now();
  console.log(`\n${title}: ${files.length} files`);
  if (files.length === 0) return false;
  const child = spawn(
    process.execPath,
    [
      "--test",
      `--test-concurrency=${concurrency}`,
      `--test-timeout=${timeoutMs}`,
      "--test-reporter=spec",
      ...files,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  // Listen before the output is read: the child may be gone by the time that it ends.
  const closed = new Promise<number | null>((settle) => child.once("close", settle));
  const counts = await echoAndCount(child.stdout);
  const status = await closed;
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  console.log(`${title}: ${counts.tests} tests in ${seconds} s`);
  if (counts.tests === 0) console.error(`${title}: no test ran`);
  const isSkipFailure = counts.skipped > 0 && process.env.CI === "true";
  if (isSkipFailure) console.error(`${title}: ${counts.skipped} skipped, which CI=true forbids`);
  return status === 0 && counts.tests > 0 && !isSkipFailure;
}

/** Passes the report on, and answers what its closing lines say. */
async function echoAndCount(report: NodeJS.ReadableStream): Promise<Counts> {
  const counts: Counts = { tests: 0, skipped: 0 };
  for await (const line of createInterface({ input: report })) {
    console.log(line);
    const summary = /^(?:ℹ|#) (tests|skipped) (\d+)$/.exec(line);
    if (summary !== null) counts[summary[1] as keyof Counts] = Number(summary[2]);
  }
  return counts;
}
