import { ConfigError } from "@weft/core";
import type { StreamInfo } from "../http/stream-info.ts";
import type { Operator } from "./operator.ts";
import { parseFormat } from "./text-format.ts";

/** Writes the value that `info` gives to one place of the object; undefined: leave the key out. */
type Node = (info: StreamInfo) => string | undefined;

/**
 * Compiles a JSON format to a function that prints one line. A string that is exactly one operator
 * keeps the operator's type (`%RESPONSE_CODE%` is a number) and is null when unset; any other
 * string is text.
 */
export function compileJsonFormat(
  format: Readonly<Record<string, unknown>>,
  omitsEmpty: boolean,
  field: string,
): (info: StreamInfo) => string {
  const node = objectNode(format, omitsEmpty, field);
  return (info) => `${node(info) ?? "{}"}\n`;
}

function compileNode(value: unknown, omitsEmpty: boolean, field: string): Node {
  if (typeof value === "string") return textNode(value, omitsEmpty, field);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => compileNode(item, false, `${field}[${index}]`));
    return (info) => `[${items.map((item) => item(info) ?? "null").join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    return objectNode(value as Record<string, unknown>, omitsEmpty, field);
  }
  if (typeof value === "number" || typeof value === "boolean" || value === null) {
    const constant = JSON.stringify(value);
    return () => constant;
  }
  throw new ConfigError(field, "is neither text, number, boolean, list nor object");
}

/** Keys in alphabetical order, as Envoy's sorted properties print them. */
function objectNode(
  format: Readonly<Record<string, unknown>>,
  omitsEmpty: boolean,
  field: string,
): Node {
  const entries = Object.keys(format)
    .sort()
    .map((key) => ({
      key: JSON.stringify(key),
      node: compileNode(format[key], omitsEmpty, `${field}.${key}`),
    }));
  return (info) => {
    let text = "";
    for (const { key, node } of entries) {
      const value = node(info);
      if (value === undefined) continue;
      text += text === "" ? `${key}:${value}` : `,${key}:${value}`;
    }
    // Nothing of it was set: as good as an unset value.
    return text === "" && omitsEmpty ? undefined : `{${text}}`;
  };
}

function textNode(format: string, omitsEmpty: boolean, field: string): Node {
  const parts = parseFormat(format, field);
  const [only] = parts;
  if (parts.length === 1 && typeof only === "function") return operatorNode(only, omitsEmpty);
  const unset = omitsEmpty ? "" : "-";
  return (info) => {
    let text = "";
    for (const part of parts) {
      text += typeof part === "string" ? part : (part(info)?.toString() ?? unset);
    }
    return JSON.stringify(text);
  };
}

function operatorNode(operator: Operator, omitsEmpty: boolean): Node {
  return (info) => {
    const value = operator(info);
    if (value === undefined) return omitsEmpty ? undefined : "null";
    return JSON.stringify(value);
  };
}
