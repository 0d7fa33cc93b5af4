/**
 * `npm run check`: types, lint and format, import rules, dead code. All of them run, so that one
 * failure does not hide the next; the status is 1 when any failed.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TYPE_CHECK } from "./type-check.ts";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

/** In the order in which they are reported. */
const CHECKS = [
  { title: "types", ...TYPE_CHECK },
  { title: "lint and format", file: "biome", parameters: ["check", "--error-on-warnings", "."] },
  { title: "import rules", file: "node", parameters: ["scripts/check-imports.ts"] },
  { title: "dead code", file: "knip", parameters: ["--no-progress"] },
] as const;

/** What one check printed, and whether it was content. */
interface Verdict {
  readonly title: string;
  readonly isPassed: boolean;
  readonly output: string;
  readonly durationMs: number;
}

const verdicts = await Promise.all(CHECKS.map(run));
for (const { title, isPassed, output, durationMs } of verdicts) {
  console.log(`${isPassed ? "✔" : "✖"} ${title} (${(durationMs / 1000).toFixed(1)} s)`);
  if (!isPassed) console.log(output.trimEnd());
}
process.exitCode = verdicts.every(({ isPassed }) => isPassed) ? 0 : 1;

async function run({ title, file, parameters }: (typeof CHECKS)[number]): Promise<Verdict> {
  const startedAtMs = performance.now();
  const child = spawn(join("node_modules", ".bin", file), [...parameters], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const { promise, resolve } = Promise.withResolvers<boolean>();
  child.once("error", (error) => {
    output += error.message;
    resolve(false);
  });
  child.once("close", (status) => resolve(status === 0));
  const isPassed = await promise;
  return { title, isPassed, output, durationMs: performance.now() - startedAtMs };
}
