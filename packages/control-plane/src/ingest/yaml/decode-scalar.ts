import type { EnumSchema, NumberSchema, Schema, StringSchema } from "@weft/api";
import { ConfigError, parseDurationMs } from "@weft/core";
import { isMap, isScalar, isSeq, type Node } from "yaml";
import { closestWord } from "./closest-word.ts";
import type { Decoder } from "./decode.ts";
import type { FieldPath } from "./field-path.ts";
import { FORMAT_CHECKS } from "./string-format.ts";

/** The forms that are a single value. */
export type ScalarSchema = Exclude<
  Schema,
  { readonly kind: "object" | "array" | "map" | "unchecked" | "unsupported" }
>;

/** Expected type, as messages name it. */
const TYPE_NAMES: Readonly<Record<ScalarSchema["kind"], string>> = {
  string: "a string",
  enum: "a string",
  number: "a number",
  boolean: "true or false",
  duration: "a duration in quotes or plain, like 5s",
  "port-or-name": "a port's number or name",
};

/** The checked value; `undefined` after a problem was reported. */
export function decodeScalar(
  decoder: Decoder,
  schema: ScalarSchema,
  node: Node | undefined,
  path: FieldPath,
): unknown {
  const value = isScalar(node) ? node.value : undefined;
  const refuse = (rule: string, remedy = "") =>
    decoder.report(node, {
      code: "InvalidValue",
      path,
      message: `${JSON.stringify(value)} ${rule}`,
      remedy,
    });
  switch (schema.kind) {
    case "string":
      if (typeof value === "string") return checkString(schema, value, refuse);
      break;
    case "enum":
      if (typeof value === "string") return checkWord(decoder, schema, value, node, path);
      break;
    case "number":
      if (typeof value === "number") return checkNumber(schema, value, refuse);
      break;
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "duration":
      if (typeof value === "string") return checkDuration(schema.minMs, value, refuse);
      break;
    case "port-or-name":
      if (typeof value === "number") return checkNumber(PORT, value, refuse);
      if (typeof value === "string" && value !== "") return value;
      break;
  }
  return decoder.report(node, {
    code: "WrongType",
    path,
    message: `expected ${TYPE_NAMES[schema.kind]}, found ${describeNode(node)}`,
    remedy: remedyForType(schema.kind, value),
  });
}

/** What was written instead of what was expected. */
export function describeNode(node: Node | undefined): string {
  if (isMap(node)) return "a mapping";
  if (isSeq(node)) return "a list";
  const value = isScalar(node) ? node.value : undefined;
  if (value === null || value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return `${typeof value} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}

const PORT: NumberSchema = { kind: "number", isInteger: true, min: 1, max: 65_535 };

type Refuse = (rule: string, remedy?: string) => undefined;

function checkString(schema: StringSchema, value: string, refuse: Refuse): string | undefined {
  if (value.length < schema.minLength) return refuse("is too short", "write a value");
  if (value.length > schema.maxLength) {
    return refuse(`is longer than ${schema.maxLength} characters`);
  }
  if (schema.format === undefined || (value === "" && schema.minLength === 0)) return value;
  const broken = FORMAT_CHECKS[schema.format](value);
  if (broken === undefined) return value;
  const [rule = broken, remedy = ""] = broken.split("; ");
  return refuse(rule, remedy);
}

function checkWord(
  decoder: Decoder,
  schema: EnumSchema,
  value: string,
  node: Node | undefined,
  path: FieldPath,
): string | undefined {
  if (schema.words.includes(value)) return value;
  const choice = `write ${formatChoice(schema.words)}`;
  if (schema.unsupported.includes(value)) {
    const message = `Istio knows ${JSON.stringify(value)}, Weft does not implement it yet`;
    return decoder.report(node, { code: "Unsupported", path, message, remedy: choice });
  }
  const near = closestWord(value, schema.words);
  const message = `${JSON.stringify(value)} is not one of the known values`;
  const remedy = near === undefined ? choice : `did you mean ${near}? ${choice}`;
  return decoder.report(node, { code: "InvalidValue", path, message, remedy });
}

function checkNumber(schema: NumberSchema, value: number, refuse: Refuse): number | undefined {
  const { min, max, isInteger } = schema;
  const range = `write ${isInteger ? "a whole number" : "a number"} from ${min} to ${max}`;
  if (!Number.isFinite(value)) return refuse("is not a number", range);
  if (isInteger && !Number.isInteger(value)) return refuse("is not a whole number", range);
  if (value < min || value > max) return refuse("is out of range", range);
  return value;
}

function checkDuration(minMs: number, value: string, refuse: Refuse): number | undefined {
  try {
    const durationMs = parseDurationMs(value);
    return durationMs < minMs ? refuse(`is less than ${minMs}ms`) : durationMs;
  } catch (error: unknown) {
    if (!(error instanceof ConfigError)) throw error;
    return refuse("is not a duration", "write it like 500ms, 5s or 1h30m");
  }
}

function remedyForType(kind: ScalarSchema["kind"], value: unknown): string {
  const isPlain = typeof value === "number" || typeof value === "boolean";
  if ((kind === "string" || kind === "enum") && isPlain) return `quote it: "${String(value)}"`;
  if (kind === "duration" && typeof value === "number") return `add a unit: ${String(value)}s`;
  if (kind === "number" && typeof value === "string" && /^\d+$/.test(value)) {
    return `remove the quotes: ${value}`;
  }
  return "";
}

/** `A, B or C`. */
function formatChoice(words: readonly string[]): string {
  if (words.length < 2) return words.join();
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
