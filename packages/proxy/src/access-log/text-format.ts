import { ConfigError } from "@weft/core";
import type { StreamInfo } from "../http/stream-info.ts";
import { compileOperator, type Operator } from "./operator.ts";

/** A compiled `%OPERATOR%` text, as access logs and header mutations use it. */
export interface TextFormat {
  readonly isConstant: boolean;
  format(info: StreamInfo): string;
}

/** What stands for a value that is not there. */
export interface FormatOptions {
  /** True: nothing, as `omit_empty_values` and header mutations have it. False: `-`. */
  readonly emptyForUnset: boolean;
}

/** Splits at `%…%` once; `%%` is a percent sign. Throws `ConfigError` for an unknown operator. */
export function compileTextFormat(text: string, field: string, options: FormatOptions): TextFormat {
  const parts = parseFormat(text, field);
  const unset = options.emptyForUnset ? "" : "-";
  return {
    isConstant: parts.every((part) => typeof part === "string"),
    format(info) {
      let line = "";
      for (const part of parts) {
        line += typeof part === "string" ? part : printable(part(info)?.toString() ?? unset);
      }
      return line;
    },
  };
}

/** What a peer sent must not begin a line of its own, neither in a log nor in a header. */
function printable(value: string): string {
  return LINE_END.test(value) ? value.replaceAll("\r", "\\r").replaceAll("\n", "\\n") : value;
}

/** Literal texts and operators in order. */
export function parseFormat(text: string, field: string): readonly (string | Operator)[] {
  const parts: (string | Operator)[] = [];
  let literal = "";
  let at = 0;
  while (at < text.length) {
    const percent = text.indexOf("%", at);
    if (percent === -1) {
      literal += text.slice(at);
      break;
    }
    literal += text.slice(at, percent);
    if (text[percent + 1] === "%") {
      literal += "%";
      at = percent + 2;
      continue;
    }
    const match = OPERATOR.exec(text.slice(percent));
    if (match === null) throw new ConfigError(field, `"${text.slice(percent)}" is not an operator`);
    if (literal !== "") parts.push(literal);
    literal = "";
    const [whole, name = "", argument, maxChars] = match;
    parts.push(compileOperator(name, argument, maxChars, field));
    at = percent + whole.length;
  }
  if (literal !== "") parts.push(literal);
  return parts;
}

const LINE_END = /[\r\n]/;

/** `%NAME%`, `%NAME(argument)%`, `%NAME(argument):10%`. An argument may hold `%` (START_TIME). */
const OPERATOR = /^%([A-Z][A-Z0-9_]*)(?:\(([^)]*)\))?(?::(\d+))?%/;
