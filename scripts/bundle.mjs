/**
 * Bundles the two long-running programs into one minified file each (dist/): a sidecar must start
 * in a fraction of a second and stay small. docs/decisions/0003-bundles.md has the figures.
 */
import { existsSync, readFileSync } from "node:fs";
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
    // Names stay as they are: a stack trace must be readable, and keeping them by "keepNames" costs a
    // sidecar more memory than the longer source does.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: "linked",
    platform: "node",
    target: "node26",
    format: "cjs",
    logLevel: "warning",
  });
  for (const name of Object.keys(entryPoints)) refuseWideCharacters(`dist/${name}.cjs`);
}

/** V8 keeps a source with any character beyond ASCII in two bytes a character, for as long as it runs. */
function refuseWideCharacters(path) {
  const wide = /.{0,40}[^\0-\x7f]/.exec(readFileSync(path, "utf8"));
  if (wide !== null)
    throw new Error(`${path} is not ASCII; write an escape for the end of: ${wide[0]}`);
}
