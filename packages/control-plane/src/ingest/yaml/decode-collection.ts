import type { ArraySchema, MapSchema, ObjectSchema } from "@weft/api";
import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import { closestWord } from "./closest-word.ts";
import type { Decoder } from "./decode.ts";
import { describeNode } from "./decode-scalar.ts";
import type { FieldPath } from "./field-path.ts";
import { keyText } from "./source-document.ts";
import { FORMAT_CHECKS } from "./string-format.ts";

/** The mapping's fields by name; `undefined` when it is not a mapping. */
export function decodeObject(
  decoder: Decoder,
  schema: ObjectSchema,
  node: Node | undefined,
  path: FieldPath,
): unknown {
  if (!isMap(node)) return reportType(decoder, "a mapping", node, path);
  const values: Record<string, unknown> = {};
  const written = new Map<string, Pair>();
  for (const pair of node.items) {
    const name = keyText(pair);
    if (name === undefined || !Object.hasOwn(schema.fields, name)) {
      reportUnknown(decoder, schema, pair, name, path);
      continue;
    }
    const field = schema.fields[name];
    // Kubernetes drops a null, so that `selector:` with nothing after it is as good as no selector.
    if (field === undefined || isNull(pair.value as Node | null)) continue;
    written.set(name, pair);
    values[name] = decoder.decode(field, pair.value as Node, [...path, name]);
  }
  reportMissing(decoder, schema, node, written, path);
  reportConflicts(decoder, schema, written, path);
  return values;
}

/** The mapping's entries in the user's order. */
export function decodeMap(
  decoder: Decoder,
  schema: MapSchema,
  node: Node | undefined,
  path: FieldPath,
): unknown {
  if (!isMap(node)) return reportType(decoder, "a mapping", node, path);
  if (node.items.length < schema.minItems) return reportCount(decoder, schema.minItems, node, path);
  const values = new Map<string, unknown>();
  for (const pair of node.items) {
    const key = keyText(pair);
    if (key === undefined) {
      reportType(decoder, "a plain key", pair.key as Node, path);
      continue;
    }
    const rule = checkKey(schema, key);
    if (rule !== undefined) {
      const message = `${JSON.stringify(key)} ${rule}`;
      decoder.report(pair.key as Node, { code: "InvalidValue", path: [...path, key], message });
      continue;
    }
    values.set(key, decoder.decode(schema.item, pair.value as Node, [...path, key]));
  }
  return values;
}

/** The list's items. */
export function decodeArray(
  decoder: Decoder,
  schema: ArraySchema,
  node: Node | undefined,
  path: FieldPath,
): unknown {
  if (!isSeq(node)) return reportType(decoder, "a list", node, path, "begin each entry with -");
  if (node.items.length < schema.minItems) return reportCount(decoder, schema.minItems, node, path);
  if (node.items.length > schema.maxItems) {
    const message = `${node.items.length} entries; at most ${schema.maxItems} are accepted`;
    return decoder.report(node, { code: "InvalidValue", path, message });
  }
  return node.items.map((item, index) =>
    decoder.decode(schema.item, item as Node, [...path, index]),
  );
}

function checkKey(schema: MapSchema, key: string): string | undefined {
  if (schema.keyFormat === undefined) return undefined;
  if (schema.keyFormat !== "port") return FORMAT_CHECKS[schema.keyFormat](key);
  const isPort = /^\d{1,5}$/.test(key) && Number(key) >= 1 && Number(key) <= 65_535;
  return isPort ? undefined : "is not a port; port must be between 1-65535";
}

function reportUnknown(
  decoder: Decoder,
  schema: ObjectSchema,
  pair: Pair,
  name: string | undefined,
  path: FieldPath,
): void {
  const known = Object.keys(schema.fields);
  const near = name === undefined ? undefined : closestWord(name, known);
  decoder.report(pair.key as Node, {
    code: "UnknownField",
    path: name === undefined ? path : [...path, name],
    message: name === "<<" ? "merge keys are not supported" : "there is no such field",
    remedy:
      near === undefined ? `known fields: ${known.toSorted().join(", ")}` : `did you mean ${near}?`,
  });
}

function reportMissing(
  decoder: Decoder,
  schema: ObjectSchema,
  node: YAMLMap,
  written: ReadonlyMap<string, Pair>,
  path: FieldPath,
): void {
  for (const [name, field] of Object.entries(schema.fields)) {
    if (!("isRequired" in field) || written.has(name)) continue;
    decoder.report(node, {
      code: "MissingField",
      path: [...path, name],
      message: "this field is required",
      remedy: `add ${name}`,
    });
  }
}

function reportConflicts(
  decoder: Decoder,
  schema: ObjectSchema,
  written: ReadonlyMap<string, Pair>,
  path: FieldPath,
): void {
  for (const group of schema.exclusive) {
    const [first, second] = group.filter((name) => written.has(name));
    if (first === undefined || second === undefined) continue;
    decoder.report(written.get(second)?.key as Node, {
      code: "Conflict",
      path: [...path, second],
      message: `only one of ${group.join(", ")} can be set`,
      remedy: `remove ${first} or ${second}`,
    });
  }
}

function reportType(
  decoder: Decoder,
  expected: string,
  node: Node | undefined,
  path: FieldPath,
  remedy = "",
): undefined {
  const message = `expected ${expected}, found ${describeNode(node)}`;
  return decoder.report(node, { code: "WrongType", path, message, remedy });
}

function reportCount(decoder: Decoder, minItems: number, node: Node, path: FieldPath): undefined {
  const message = `should have at least ${minItems} ${minItems === 1 ? "entry" : "entries"}`;
  return decoder.report(node, { code: "InvalidValue", path, message, remedy: "add an entry" });
}

function isNull(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}
