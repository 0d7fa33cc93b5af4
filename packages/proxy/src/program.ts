/** The proxy's process. `process.env` is read here alone, once, before anything else runs. */
import { runProxy } from "./index.ts";

void runProxy(process.argv.slice(2), process.env).then((status) => {
  // What is still open now (a half-made connection, standard input) must not keep the process.
  process.exit(status);
});
