/**
 * `npm test`: every unit and integration test of the packages, the examples and the scripts, then
 * the tests of e2e/, one file after another because they start whole meshes. Fails when a test
 * fails, and when none ran. Paths given as parameters replace both lists.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

interface Suite {
  readonly title: string;
  readonly patterns: readonly string[];
  /** Tests of one suite that may run at the same time, by file. */
  readonly concurrency: number;
  readonly timeoutMs: number;
}

const UNIT: Suite = {
  title: "unit and integration tests",
  patterns: [
    "packages/*/src/**/*.test.ts",
    "packages/*/test/**/*.test.ts",
    "examples/*/*.test.ts",
    "examples/*/{src,services,test}/**/*.test.ts",
    "scripts/*.test.ts",
    "bench/*.test.ts",
  ],
  concurrency: 2,
  timeoutMs: 120_000,
};

const END_TO_END: Suite = {
  title: "end-to-end tests (real processes)",
  patterns: ["e2e/*.test.ts"],
  concurrency: 1,
  timeoutMs: 300_000,
};

const named = process.argv.slice(2);
const suites = named.length > 0 ? [{ ...END_TO_END, patterns: named }] : [UNIT, END_TO_END];

let isPassed = true;
for (const suite of suites) isPassed = (await run(suite)) && isPassed;
process.exitCode = isPassed ? 0 : 1;

async function run({ title, patterns, concurrency, timeoutMs }: Suite): Promise<boolean> {
  const files = globSync([...patterns]).sort();
  console.log(`\n${title}: ${files.length} files`);
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
  const ranCount = await echoAndCount(child.stdout);
  const status = await new Promise<number | null>((settle) => child.once("close", settle));
  if (ranCount === 0) console.error(`${title}: no test ran`);
  return status === 0 && ranCount > 0;
}

/** Passes the report on, and answers how many tests its summary says were run. */
async function echoAndCount(report: NodeJS.ReadableStream): Promise<number> {
  let ranCount = 0;
  for await (const line of createInterface({ input: report })) {
    console.log(line);
    const summary = /^(?:ℹ|#) tests (\d+)$/.exec(line);
    if (summary !== null) ranCount = Number(summary[1]);
  }
  return ranCount;
}
