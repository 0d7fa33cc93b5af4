import { formatProblem } from "../ingest/format-problem.ts";
import type { Problem } from "../model/problem.ts";

/** Prints each problem when it appears, and says when the last one is gone. */
export function createProblemPrinter(write: (line: string) => void) {
  let printed: ReadonlySet<string> = new Set();
  return (problems: readonly Problem[]): void => {
    // Several proxies may show the same problem.
    const current = new Set(problems.map(formatProblem));
    for (const line of current) if (!printed.has(line)) write(`${line}\n`);
    if (printed.size > 0 && current.size === 0) write("all problems are solved\n");
    printed = current;
  };
}
