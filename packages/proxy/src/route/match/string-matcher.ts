import type { StringMatcher as StringMatcherMessage } from "@weft/api/envoy/type/matcher/v3/string_pb.js";
import { ConfigError } from "@weft/core";
import { compileRegex } from "./regex.ts";

/** A compiled `envoy.type.matcher.v3.StringMatcher`. */
export interface StringMatcher {
  matches(text: string): boolean;
  /** For people: `prefix "/api"`. */
  readonly description: string;
}

/** Throws `ConfigError` for an empty or custom pattern. */
export function compileStringMatcher(message: StringMatcherMessage, field: string): StringMatcher {
  const { matchPattern, ignoreCase } = message;
  switch (matchPattern.case) {
    case "exact":
      return plainMatcher("exact", matchPattern.value, ignoreCase);
    case "prefix":
    case "suffix":
    case "contains":
      return partialMatcher(
        matchPattern.case,
        matchPattern.value,
        `${field}.${matchPattern.case}`,
        ignoreCase,
      );
    case "safeRegex":
      return regexMatcher(matchPattern.value.regex, `${field}.safe_regex`);
    case "custom":
      throw new ConfigError(`${field}.custom`, "custom string matchers are not supported");
    default:
      throw new ConfigError(field, "needs one of exact, prefix, suffix, contains, safe_regex");
  }
}

/** How a plain pattern sits in the text. */
export type PlainKind = "exact" | "prefix" | "suffix" | "contains";

/** One closure per pattern, made when configuration is compiled. */
export function plainMatcher(kind: PlainKind, pattern: string, ignoreCase = false): StringMatcher {
  const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
  const description = `${kind} ${JSON.stringify(pattern)}`;
  const test = PLAIN_TESTS[kind];
  return ignoreCase
    ? { description, matches: (text) => test(text.toLowerCase(), wanted) }
    : { description, matches: (text) => test(text, wanted) };
}

/** A pattern that need not cover the whole text; an empty one matches everything and is refused. */
export function partialMatcher(
  kind: Exclude<PlainKind, "exact">,
  pattern: string,
  field: string,
  ignoreCase = false,
): StringMatcher {
  if (pattern === "") throw new ConfigError(field, "must not be empty");
  return plainMatcher(kind, pattern, ignoreCase);
}

/** Full match; see `compileRegex`. */
export function regexMatcher(pattern: string, field: string): StringMatcher {
  const regex = compileRegex(pattern, field);
  return { description: `regex "${pattern}"`, matches: (text) => regex.matchesAll(text) };
}

const PLAIN_TESTS: Readonly<Record<PlainKind, (text: string, wanted: string) => boolean>> = {
  exact: (text, wanted) => text === wanted,
  prefix: (text, wanted) => text.startsWith(wanted),
  suffix: (text, wanted) => text.endsWith(wanted),
  contains: (text, wanted) => text.includes(wanted),
};
