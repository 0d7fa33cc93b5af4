import type { HeaderMatcher as HeaderMatcherMessage } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { ConfigError } from "@weft/core";
import type { RequestHead } from "../../codec/codec.ts";
import {
  compileStringMatcher,
  partialMatcher,
  plainMatcher,
  regexMatcher,
} from "./string-matcher.ts";

/** A compiled `HeaderMatcher`. Pseudo headers (`:method` …) are matched like any other. */
export interface HeaderMatcher {
  readonly name: string;
  readonly description: string;
  readonly isInverted: boolean;
  readonly treatMissingAsEmpty: boolean;
  /** Undefined: only presence matters. */
  readonly test: ((value: string) => boolean) | undefined;
  /** For `present_match: false`: the header must be absent. */
  readonly wantsAbsent: boolean;
}

/** Throws `ConfigError`. A matcher without any specifier means "present". */
export function compileHeaderMatcher(message: HeaderMatcherMessage, field: string): HeaderMatcher {
  if (message.name === "") throw new ConfigError(`${field}.name`, "must not be empty");
  const specifier = message.headerMatchSpecifier;
  const base = {
    name: message.name.toLowerCase(),
    isInverted: message.invertMatch,
    treatMissingAsEmpty: message.treatMissingHeaderAsEmpty,
    wantsAbsent: specifier.case === "presentMatch" && !specifier.value,
  };
  const tested = compileTest(specifier, field);
  return { ...base, test: tested?.matches, description: tested?.description ?? "present" };
}

function compileTest(
  specifier: HeaderMatcherMessage["headerMatchSpecifier"],
  field: string,
): { readonly matches: (value: string) => boolean; readonly description: string } | undefined {
  switch (specifier.case) {
    case "stringMatch":
      return compileStringMatcher(specifier.value, `${field}.string_match`);
    case "exactMatch":
      return plainMatcher("exact", specifier.value);
    case "prefixMatch":
      return partialMatcher("prefix", specifier.value, `${field}.prefix_match`);
    case "suffixMatch":
      return partialMatcher("suffix", specifier.value, `${field}.suffix_match`);
    case "containsMatch":
      return partialMatcher("contains", specifier.value, `${field}.contains_match`);
    case "safeRegexMatch":
      return regexMatcher(specifier.value.regex, `${field}.safe_regex_match`);
    case "rangeMatch": {
      const { start, end } = specifier.value;
      const description = `in [${start}, ${end})`;
      return { description, matches: (value) => isInRange(value, start, end) };
    }
    default:
      return undefined;
  }
}

/** Envoy reads a whole base-10 number; anything else is no match. */
function isInRange(text: string, start: bigint, end: bigint): boolean {
  if (!/^[+-]?\d{1,19}$/.test(text)) return false;
  const number = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return number >= start && number < end;
}

/**
 * Repeated headers are joined with ",". As in Envoy a value rule, inverted or not, never matches a
 * missing header, unless it is told to see it as empty.
 */
export function matchHeader(matcher: HeaderMatcher, request: RequestHead): boolean {
  const value = headerValue(request, matcher.name);
  if (matcher.test === undefined) {
    const isPresent = value !== undefined;
    return (isPresent !== matcher.wantsAbsent) !== matcher.isInverted;
  }
  if (value === undefined && !matcher.treatMissingAsEmpty) return false;
  return matcher.test(value ?? "") !== matcher.isInverted;
}

/** The value that matchers and formats see for `name`, pseudo headers included. */
export function headerValue(request: RequestHead, name: string): string | undefined {
  switch (name) {
    case ":method":
      return request.method;
    case ":path":
      return request.path;
    case ":authority":
    case "host":
      return request.authority;
    case ":scheme":
      return request.scheme;
    default:
      return request.headers.joined(name);
  }
}
