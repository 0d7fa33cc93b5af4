import type { QueryParameterMatcher } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { ConfigError } from "@weft/core";
import { compileStringMatcher, type StringMatcher } from "./string-matcher.ts";

/** A compiled `QueryParameterMatcher`. */
export interface QueryMatcher {
  readonly name: string;
  /** Undefined: only presence matters. */
  readonly value: StringMatcher | undefined;
  /** False for `present_match: false`. */
  readonly wantsPresent: boolean;
}

/** Throws `ConfigError`. */
export function compileQueryMatcher(message: QueryParameterMatcher, field: string): QueryMatcher {
  if (message.name === "") throw new ConfigError(`${field}.name`, "must not be empty");
  const specifier = message.queryParameterMatchSpecifier;
  return {
    name: message.name,
    value:
      specifier.case === "stringMatch"
        ? compileStringMatcher(specifier.value, `${field}.string_match`)
        : undefined,
    wantsPresent: specifier.case !== "presentMatch" || specifier.value,
  };
}

/** `query` is what follows the "?", raw; the first parameter of a name counts. */
export function matchQuery(matcher: QueryMatcher, query: string): boolean {
  const value = queryParameter(query, matcher.name);
  if (value === undefined) return !matcher.wantsPresent;
  return matcher.value === undefined ? matcher.wantsPresent : matcher.value.matches(value);
}

/** The first value of `name` as it was sent: Envoy does not decode it. "" for a name without "=". */
export function queryParameter(query: string, name: string): string | undefined {
  let at = 0;
  while (at <= query.length && query !== "") {
    let end = query.indexOf("&", at);
    if (end === -1) end = query.length;
    const equals = query.indexOf("=", at);
    const nameEnd = equals === -1 || equals > end ? end : equals;
    if (query.slice(at, nameEnd) === name) {
      return nameEnd === end ? "" : query.slice(nameEnd + 1, end);
    }
    at = end + 1;
  }
  return undefined;
}
