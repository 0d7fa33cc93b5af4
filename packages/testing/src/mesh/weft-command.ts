import { fileURLToPath } from "node:url";

const WEFT = fileURLToPath(new URL("../../../cli/bin/weft.mjs", import.meta.url));

/** The command line of `weft` with these parameters, for `startProgram`. */
export function weftCommand(...parameters: readonly string[]): readonly string[] {
  return [process.execPath, WEFT, ...parameters];
}
