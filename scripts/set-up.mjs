/**
 * Makes a clone ready: dependencies (Node 26 among them), generated contracts, bundles.
 * Runs under any Node from 20 on and does only what is missing or out of date, so that every npm
 * script can call it first.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const STAMPS = "node_modules/.cache/weft";
const NODE = join("node_modules", ".bin", "node");

/** In order; a step runs again when its inputs changed, or when its output is gone. */
const STEPS = [
  {
    name: "dependencies",
    title: "installing dependencies",
    inputs: () => [
      "package-lock.json",
      ...filesUnder("packages", /^packages\/[^/]+\/package\.json$/),
    ],
    output: NODE,
    // Not `npm ci`: it refuses a lock file without the optional packages of every other platform,
    // which a registry that mirrors only this one cannot supply. --no-save keeps the versions locked.
    run: () => command("npm", ["install", "--no-save", "--loglevel=error"]),
  },
  {
    name: "contracts",
    title: "generating the xDS contracts",
    inputs: () => [
      "package-lock.json",
      "scripts/generate-api.mjs",
      ...filesUnder("packages/api/proto", /\.proto$/),
    ],
    output: "packages/api/generated/envoy",
    run: async () => (await import("./generate-api.mjs")).generateApi(),
  },
  {
    name: "bundles",
    title: "bundling the proxy and the control plane",
    inputs: () => [
      "package-lock.json",
      "scripts/bundle.mjs",
      ...filesUnder("packages", /^packages\/[^/]+\/src\/.*(?<!\.test)\.ts$/),
    ],
    output: "dist/proxy.cjs",
    run: async () => (await import("./bundle.mjs")).bundle(),
  },
];

// Ctrl-C reaches npm and buf as well, which clean up behind themselves: wait for them, and end then.
let wasInterrupted = false;
process.on("SIGINT", () => {
  wasInterrupted = true;
});

for (const step of STEPS) await bringUpToDate(step);

async function bringUpToDate({ name, title, inputs, output, run }) {
  const stamp = join(STAMPS, name);
  const wanted = digest(inputs());
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const startedAtMs = Date.now();
  console.error(`weft: ${title} …`);
  rmSync(stamp, { force: true });
  try {
    await run();
  } catch (error) {
    // The signal is told to us only once the program that it ended has been waited for.
    await new Promise((resolve) => setImmediate(resolve));
    const isInterrupted = wasInterrupted || error.signal === "SIGINT" || error.status === 130;
    console.error(
      `weft: ${title} ${isInterrupted ? "was interrupted" : `failed: ${error.message}`}`,
    );
    process.exit(isInterrupted ? 130 : 1);
  }
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(stamp, wanted);
  console.error(`weft: ${title} took ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`);
}

function command(file, parameters) {
  const { status, signal, error } = spawnSync(file, parameters, { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0)
    throw Object.assign(
      new Error(`"${file} ${parameters.join(" ")}" exited with ${status}; its message is above`),
      { status, signal },
    );
}

function digest(paths) {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(path).update("\0").update(readFileSync(path)).update("\0");
  return hash.digest("hex");
}

function filesUnder(folder, pattern) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !/(^|\/)(node_modules|generated|dist)\//.test(path) && pattern.test(path))
    .sort();
}
