import type { Difference } from "./difference.ts";

/** A deliberate difference from istiod: where, and why. */
export interface AllowedDifference {
  readonly path: RegExp;
  readonly reason: string;
  /** Narrows it further. */
  readonly when?: (difference: Difference) => boolean;
}

/** Everything that Weft knowingly says otherwise than istiod. Whatever is not here makes the test fail. */
export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  { path: /weft\.dev~1origin/, reason: "Weft says which of the user's lines a part came from" },
];

/** The first entry that covers a difference. */
export function allowedBy(difference: Difference): AllowedDifference | undefined {
  return ALLOWED_DIFFERENCES.find(
    ({ path, when }) => path.test(difference.path) && (when === undefined || when(difference)),
  );
}
