import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What dependency-cruiser found in a source tree. */
export interface ImportReport {
  readonly cruisedCount: number;
  /** One line a violation: `rule: from → to`. */
  readonly violations: readonly string[];
}

interface CruiseResult {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string; readonly severity: string };
    }[];
  };
}

/**
 * Holds the sources under `folder` against the import rules of .dependency-cruiser.cjs. A tree in
 * which nothing was cruised is reported as such: a rule that sees no module forbids nothing.
 */
export function checkImports(folder: string = ROOT): ImportReport {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      fileURLToPath(
        new URL("../node_modules/dependency-cruiser/bin/dependency-cruiser.mjs", import.meta.url),
      ),
      "--config",
      fileURLToPath(new URL("../.dependency-cruiser.cjs", import.meta.url)),
      "--output-type",
      "json",
      "packages",
    ],
    { cwd: folder, encoding: "utf8", maxBuffer: 256 * 1024 * 1024 },
  );
  if (!stdout.startsWith("{")) throw new Error(`dependency-cruiser failed: ${stderr}${stdout}`);
  const { summary }: CruiseResult = JSON.parse(stdout);
  return {
    cruisedCount: summary.totalCruised,
    violations: summary.violations
      .filter(({ rule }) => rule.severity === "error")
      .map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
  };
}

if (import.meta.main) {
  const { cruisedCount, violations } = checkImports();
  for (const violation of violations) console.error(violation);
  console.log(`import rules: ${cruisedCount} modules, ${violations.length} violations`);
  process.exitCode = cruisedCount > 0 && violations.length === 0 ? 0 : 1;
}
