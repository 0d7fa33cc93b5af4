/**
 * How the types of the whole repository are checked. What did not change since the last run is not
 * checked again, so that `npm test` can afford it.
 */
export const TYPE_CHECK = {
  file: "tsc",
  parameters: [
    ...["--project", ".", "--noEmit", "--incremental"],
    ...["--tsBuildInfoFile", "node_modules/.cache/weft/types.tsbuildinfo"],
  ],
} as const;
