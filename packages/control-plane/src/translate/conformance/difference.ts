import type { JsonValue } from "@bufbuild/protobuf";

/** One place where two JSON values differ. */
export interface Difference {
  /** Names of list elements, or their positions, and keys, joined by `/`. */
  readonly path: string;
  /** `undefined`: it is not there. */
  readonly recorded: JsonValue | undefined;
  readonly ours: JsonValue | undefined;
}

/**
 * Every leaf, and every part that only one side has, in which `ours` differs from `recorded`; and every
 * list of named elements whose order differs, at `<list>/order`.
 */
export function findDifferences(
  recorded: JsonValue | undefined,
  ours: JsonValue | undefined,
  path = "",
): readonly Difference[] {
  if (JSON.stringify(recorded) === JSON.stringify(ours)) return [];
  if (!isContainer(recorded) || !isContainer(ours)) return [{ path, recorded, ours }];
  const left = entriesOf(recorded);
  const right = entriesOf(ours);
  const below = (key: string) => (path === "" ? key : `${path}/${key}`);
  const inside = [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
    findDifferences(left.get(key), right.get(key), below(key)),
  );
  return [...orderDifference(left, right, below("order")), ...inside];
}

function orderDifference(
  left: ReadonlyMap<string, JsonValue>,
  right: ReadonlyMap<string, JsonValue>,
  path: string,
): readonly Difference[] {
  const recorded = [...left.keys()].filter((key) => right.has(key));
  const ours = [...right.keys()].filter((key) => left.has(key));
  return recorded.join("\n") === ours.join("\n") ? [] : [{ path, recorded, ours }];
}

type Container = { [key: string]: JsonValue } | JsonValue[];

function isContainer(value: JsonValue | undefined): value is Container {
  return typeof value === "object" && value !== null;
}

/** A list's elements by their name where they have one; chains and routes may share a name. */
function entriesOf(value: Container): ReadonlyMap<string, JsonValue> {
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const entries = new Map<string, JsonValue>();
  for (const [index, each] of value.entries()) {
    const name = nameOf(each) ?? String(index);
    entries.set(entries.has(name) ? `${name}#${index}` : name, each);
  }
  return entries;
}

function nameOf(value: JsonValue): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const name = value.name ?? value.cluster_name;
  return typeof name === "string" ? name : undefined;
}
