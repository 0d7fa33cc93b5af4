import { existsSync, readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const RECORD = fileURLToPath(new URL("../.parts/parts.json", import.meta.url));

/** A real program that scripts/install-parts.mjs installs. */
export type PartName =
  | "envoy"
  | "prometheus"
  | "promtool"
  | "nginx"
  | "wrk"
  | "h2load"
  | "chromium"
  | "taskset";

/** The path of a real program, or undefined when it is not installed here. */
export function part(name: PartName): string | undefined {
  if (!existsSync(RECORD)) return undefined;
  const path: unknown = JSON.parse(readFileSync(RECORD, "utf8"))[name];
  return typeof path === "string" && existsSync(path) ? path : undefined;
}

/**
 * The path of a real program that a test cannot do without. Where it is absent the test is skipped
 * with one line and the answer is undefined; with CI=true that is a failure instead.
 */
export function requirePart(test: TestContext, name: PartName): string | undefined {
  const path = part(name);
  if (path !== undefined) return path;
  const message = `no ${name} on this machine; run node scripts/install-parts.mjs`;
  if (process.env.CI === "true") throw new Error(message);
  test.skip(message);
  return undefined;
}
