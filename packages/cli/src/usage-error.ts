/** The command line makes no sense as written. Shown as one line with a hint; exit code 64. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
