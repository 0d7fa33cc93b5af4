import type {
  ArraySchema,
  BooleanSchema,
  DurationSchema,
  EnumSchema,
  FieldSchemas,
  MapSchema,
  NumberSchema,
  ObjectSchema,
  PortOrNameSchema,
  Required,
  Schema,
  StringFormat,
  StringSchema,
  UncheckedSchema,
  UnsupportedSchema,
} from "./schema.ts";

/** Text; `minLength` 1 forbids the empty one. */
export function string(
  rule: { format?: StringFormat; minLength?: number; maxLength?: number } = {},
): StringSchema {
  const { format, minLength = 0, maxLength = 65_536 } = rule;
  return { kind: "string", format, minLength, maxLength };
}

/** One of `words`. */
export function word<const Word extends string>(
  words: readonly Word[],
  unsupported: readonly string[] = [],
): EnumSchema<Word> {
  return { kind: "enum", words, unsupported };
}

/** A whole number, `min` (0 unless told) to `max` (2^31 - 1 unless told). */
export function integer(rule: { min?: number; max?: number } = {}): NumberSchema {
  const { min = 0, max = 2 ** 31 - 1 } = rule;
  return { kind: "number", isInteger: true, min, max };
}

/** Any finite number, `min` to `max`. */
export function number(rule: { min: number; max: number }): NumberSchema {
  return { kind: "number", isInteger: false, ...rule };
}

/** 1 to 65535. */
export function port(): NumberSchema {
  return integer({ min: 1, max: 65_535 });
}

/** `true` or `false`. */
export function boolean(): BooleanSchema {
  return { kind: "boolean" };
}

/** A length of time; Istio's resources want at least 1 ms. */
export function duration(rule: { minMs?: number } = {}): DurationSchema {
  return { kind: "duration", minMs: rule.minMs ?? 1 };
}

/** A port's number or name. */
export function portOrName(): PortOrNameSchema {
  return { kind: "port-or-name" };
}

/** A sequence of `item`. */
export function array<Item extends Schema>(
  item: Item,
  rule: { minItems?: number; maxItems?: number } = {},
): ArraySchema<Item> {
  const { minItems = 0, maxItems = 4096 } = rule;
  return { kind: "array", item, minItems, maxItems };
}

/** A mapping from free keys to `item`. */
export function map<Item extends Schema>(
  item: Item,
  rule: { keyFormat?: StringFormat | "port"; minItems?: number } = {},
): MapSchema<Item> {
  return { kind: "map", item, keyFormat: rule.keyFormat, minItems: rule.minItems ?? 0 };
}

/** A mapping with the given fields and no others. */
export function object<Fields extends FieldSchemas>(
  fields: Fields,
  rule: { exclusive?: readonly (readonly (keyof Fields & string)[])[] } = {},
): ObjectSchema<Fields> {
  return { kind: "object", fields, exclusive: rule.exclusive ?? [] };
}

/** The field must be written. */
export function required<Inner extends Schema>(schema: Inner): Required<Inner> {
  return { ...schema, isRequired: true };
}

/** Known to Istio, refused by Weft. */
export function unsupported(instead = ""): UnsupportedSchema {
  return { kind: "unsupported", instead };
}

/** Accepted and not looked into. */
export function unchecked(): UncheckedSchema {
  return { kind: "unchecked" };
}

/** Several {@link unchecked} fields of an object. */
export function uncheckedFields<const Name extends string>(
  ...names: readonly Name[]
): Readonly<Record<Name, UncheckedSchema>> {
  return Object.fromEntries(names.map((name) => [name, unchecked()])) as Record<
    Name,
    UncheckedSchema
  >;
}
