import type { JsonValue } from "@bufbuild/protobuf";

/**
 * Two configurations that mean the same become the same JSON: keys sorted, filter chains in one order
 * (Envoy matches them by specificity), nothing that is empty.
 */
export function normalise(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, each]): [string, JsonValue] => [key, inOneOrder(key, normalise(each))])
    .filter(([, each]) => !isEmpty(each))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function inOneOrder(key: string, value: JsonValue): JsonValue {
  if (key !== "filter_chains" || !Array.isArray(value)) return value;
  return [...value].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey(chain: JsonValue): string {
  if (typeof chain !== "object" || chain === null || Array.isArray(chain)) return "";
  return JSON.stringify([chain.name ?? "", chain.filter_chain_match ?? {}]);
}

function isEmpty(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(value).length === 0;
}
