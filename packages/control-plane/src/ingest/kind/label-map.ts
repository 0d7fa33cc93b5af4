import type { Labels } from "../../model/resource.ts";

/** Labels of a decoded mapping; none when it was not written. */
export function toLabels(map: ReadonlyMap<string, string> | undefined): Labels {
  return map === undefined ? {} : Object.fromEntries(map);
}
