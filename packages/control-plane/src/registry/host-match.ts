/** True when `pattern` (a name, `*.suffix`, or `*`) covers `host` (a name, or itself a wildcard). */
export function coversHost(pattern: string, host: string): boolean {
  if (pattern === "*" || pattern === host) return true;
  return pattern.startsWith("*") && host.endsWith(pattern.slice(1));
}

/** Of the patterns that cover `host`, the longest: the exact name first, `*` last. */
export function mostSpecificMatch(host: string, patterns: Iterable<string>): string | undefined {
  let best: string | undefined;
  for (const pattern of patterns) {
    if (pattern === host) return pattern;
    if (!coversHost(pattern, host)) continue;
    if (best === undefined || pattern.length > best.length) best = pattern;
  }
  return best;
}
