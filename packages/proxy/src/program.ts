/** The proxy's process. `process.env` is read here alone, once, before anything else runs. */
import { runProxy } from "./index.ts";

process.exitCode = await runProxy(process.argv.slice(2), process.env);
