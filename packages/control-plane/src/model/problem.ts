/** Something the user should fix, at its place. Shown as `file:line:column: error CODE field: message; remedy`. */
export interface Problem {
  readonly severity: "error" | "warning";
  /** CamelCase and stable: `UnknownField`, `SubsetNotFound`. */
  readonly code: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** As the user wrote it: `spec.http[0].route[0].destination.subset`; empty: the whole document. */
  readonly field: string;
  readonly message: string;
  /** What to write instead. */
  readonly remedy: string;
}
