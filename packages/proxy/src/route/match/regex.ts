import { ConfigError } from "@weft/core";
import { RE2JS } from "re2js";

/** Longer patterns are refused: matching is linear, but compiling costs memory. */
const MAX_PATTERN_CHARS = 1024;

/** A compiled RE2 pattern; matching time is linear in the text. */
export interface Regex {
  readonly source: string;
  /** The whole text matches, as Envoy's `safe_regex` demands. */
  matchesAll(text: string): boolean;
  /** Replaces every match; `\1` in `substitution` is the first group, `\0` the match. */
  replaceAll(text: string, substitution: string): string;
}

/** Compiles `pattern`, or throws `ConfigError` for `field`. */
export function compileRegex(pattern: string, field: string): Regex {
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
    matchesAll: (text) => compiled.testExact(text),
    // re2js speaks Java's `$1`; a literal `$` must be escaped for it.
    replaceAll: (text, substitution) =>
      compiled.matcher(text).replaceAll(toJavaReplacement(substitution), true),
  };
}

/** RE2's `\1` → `$1`, `\\` → a backslash, everything else literal. Throws on other escapes. */
function toJavaReplacement(substitution: string): string {
  let java = "";
  for (let at = 0; at < substitution.length; at += 1) {
    const char = substitution[at] ?? "";
    const next = substitution[at + 1] ?? "";
    if (char === "$") java += "\\$";
    else if (char !== "\\") java += char;
    else {
      at += 1;
      java += next >= "0" && next <= "9" ? `\${${next}}` : `\\${next}`;
    }
  }
  return java;
}

/** Refuses substitutions that RE2 would refuse: a backslash needs a digit or a backslash after it. */
export function checkSubstitution(substitution: string, field: string): void {
  if (/\\(?![\d\\])/.test(substitution.replaceAll("\\\\", ""))) {
    throw new ConfigError(field, "a backslash must be followed by a digit or a backslash");
  }
}
