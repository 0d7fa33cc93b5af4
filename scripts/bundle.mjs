/**
 * Bundles the two long-running programs into one minified file each (dist/): a sidecar must start
 * in a fraction of a second and stay small. docs/decisions/0003-bundles.md has the figures.
 */
import { existsSync } from "node:fs";
import { build } from "esbuild";

/** Entry point of each program, by the name of its bundle. */
const PROGRAMS = {
  proxy: "packages/proxy/src/program.ts",
  "control-plane": "packages/control-plane/src/program.ts",
};

export async function bundle() {
  const entryPoints = Object.fromEntries(
    Object.entries(PROGRAMS).filter(([, path]) => existsSync(path)),
  );
  await build({
    entryPoints,
    outdir: "dist",
    // CommonJS, because an ES module that imports "node:http" reads every export of it, lazy ones
    // as WebSocket included: some ten megabytes of modules that no sidecar uses.
    outExtension: { ".js": ".cjs" },
    bundle: true,
    minify: true,
    keepNames: true,
    sourcemap: "linked",
    platform: "node",
    target: "node26",
    format: "cjs",
    logLevel: "warning",
  });
}
