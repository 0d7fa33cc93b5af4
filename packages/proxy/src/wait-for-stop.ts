/**
 * Resolves with the reason when the process is told to stop: SIGTERM, SIGINT, or, if asked, the end
 * of standard input, which is how a parent that was killed is noticed.
 */
export async function waitForStop(options: { readonly exitWithParent: boolean }): Promise<string> {
  const stopped = Promise.withResolvers<string>();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => stopped.resolve(signal));
  if (options.exitWithParent) {
    process.stdin.on("end", () => stopped.resolve("the parent is gone"));
    process.stdin.on("error", () => stopped.resolve("the parent is gone"));
    process.stdin.resume();
  }
  return await stopped.promise;
}
