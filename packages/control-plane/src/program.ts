/** The control plane as a program of its own; `dist/control-plane.cjs` is its bundle. */
import { runControlPlane } from "./program/run-control-plane.ts";

void runControlPlane(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  stopped({ withStdin }) {
    const { promise, resolve } = Promise.withResolvers<string>();
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.once(signal, () => resolve(signal));
    }
    if (withStdin) {
      process.stdin.resume();
      process.stdin.once("end", () => resolve("standard input ended"));
      process.stdin.once("error", () => resolve("standard input broke"));
    }
    return promise;
  },
}).then((status) => {
  process.exitCode = status;
  // The pipe to the parent would keep the process alive.
  process.stdin.destroy();
});
