/** The `weft` command as a function: arguments in, exit code out. */
export { main } from "./program.ts";
