import type { Problem } from "../model/problem.ts";

/** Who finds problems: reading files, translating for a proxy, a proxy that refuses. */
export type ProblemFinder = "source" | "translate" | "refusal";

/** All problems of the present moment. */
export interface ProblemBoard {
  /** Replaces what `finder` found before. */
  set(finder: ProblemFinder, found: readonly Problem[]): void;
}

/** Joins what several finders found, and tells all of it after each change. */
export function createProblemBoard(onChange: (all: readonly Problem[]) => void): ProblemBoard {
  const byFinder = new Map<ProblemFinder, readonly Problem[]>();
  return {
    set(finder, found) {
      const before = byFinder.get(finder) ?? [];
      byFinder.set(finder, found);
      if (before.length > 0 || found.length > 0) onChange([...byFinder.values()].flat());
    },
  };
}
