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
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    keepNames: true,
    sourcemap: "linked",
    platform: "node",
    target: "node26",
    format: "esm",
    // CommonJS dependencies call require() for Node's own modules.
    banner: {
      js: 'import{createRequire as weftCreateRequire}from"node:module";const require=weftCreateRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
}
