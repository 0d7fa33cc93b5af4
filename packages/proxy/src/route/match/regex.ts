import { ConfigError } from "@weft/core";
import { RE2JS } from "re2js";

/** Longer patterns are refused: matching is linear, but compiling costs memory. */
const MAX_PATTERN_CHARS = 1024;

/** A compiled RE2 pattern; matching time is linear in the text. */
export interface Regex {
  readonly source: string;
  /** The whole text matches, as Envoy's `safe_regex` demands. */
  matchesAll(text: string): boolean;
  readonly groupCount: number;
  /** Replaces every match; `\1` in `substitution` is the first group, `\0` the match. */
  replaceAll(text: string, substitution: string): string;
}

/** Compiles `pattern`, or throws `ConfigError` for `field`. */
export function compileRegex(pattern: string, field: string): Regex {
  if (pattern === "") throw new ConfigError(field, "must not be empty");
  if (pattern.length > MAX_PATTERN_CHARS) {
    throw new ConfigError(field, `is longer than ${MAX_PATTERN_CHARS} characters`);
  }
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new ConfigError(field, `"${pattern}" is not an RE2 expression`, { cause: error });
  }
  return {
    source: pattern,
    groupCount: compiled.groupCount(),
    matchesAll: (text) => compiled.testExact(text),
    replaceAll: (text, substitution) => replaceAll(compiled, text, substitution),
  };
}

/** By hand: re2js has Java's substitutions, in which `$1` of `$10` cannot be told from group 10. */
function replaceAll(pattern: RE2JS, text: string, substitution: string): string {
  const matcher = pattern.matcher(text);
  let replaced = "";
  let at = 0;
  while (matcher.find()) {
    replaced += text.slice(at, matcher.start());
    replaced += substitution.replaceAll(/\\(\d|\\)/g, (_, escaped: string) =>
      escaped === "\\" ? "\\" : (matcher.group(Number(escaped)) ?? ""),
    );
    at = matcher.end();
  }
  return replaced + text.slice(at);
}

/**
 * Refuses substitutions that RE2 would refuse: a backslash needs a digit or a backslash after it, and
 * the digit names a group of `regex`.
 */
export function checkSubstitution(regex: Regex, substitution: string, field: string): void {
  const bare = substitution.replaceAll("\\\\", "");
  if (/\\(?!\d)/.test(bare)) {
    throw new ConfigError(field, "a backslash must be followed by a digit or a backslash");
  }
  for (const [, group] of bare.matchAll(/\\(\d)/g)) {
    if (Number(group) > regex.groupCount) {
      throw new ConfigError(field, `\\${group} is not one of ${regex.groupCount} groups`);
    }
  }
}
