import type { RouteMatch } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { ConfigError } from "@weft/core";
import { compileRegex, type Regex } from "./regex.ts";

/** A compiled path rule. Patterns of case-insensitive rules are already lower-case. */
export type PathMatcher =
  | { readonly kind: "prefix"; readonly prefix: string; readonly caseSensitive: boolean }
  | { readonly kind: "exact"; readonly path: string; readonly caseSensitive: boolean }
  /** Exact, or followed by "/". */
  | { readonly kind: "separated-prefix"; readonly prefix: string; readonly caseSensitive: boolean }
  | { readonly kind: "regex"; readonly regex: Regex }
  | { readonly kind: "connect" };

/** Throws `ConfigError`. */
export function compilePathMatcher(match: RouteMatch, field: string): PathMatcher {
  const caseSensitive = match.caseSensitive ?? true;
  const fold = (pattern: string) => (caseSensitive ? pattern : pattern.toLowerCase());
  const specifier = match.pathSpecifier;
  switch (specifier.case) {
    case "prefix":
      return { kind: "prefix", prefix: fold(specifier.value), caseSensitive };
    case "path":
      return { kind: "exact", path: fold(specifier.value), caseSensitive };
    case "safeRegex":
      return { kind: "regex", regex: compileRegex(specifier.value.regex, `${field}.safe_regex`) };
    case "pathSeparatedPrefix": {
      const prefix = specifier.value;
      if (!/^\/[^?#]*[^/?#]$/.test(prefix)) {
        throw new ConfigError(
          `${field}.path_separated_prefix`,
          `"${prefix}" must start with "/", not end with it, and hold no "?" or "#"`,
        );
      }
      return { kind: "separated-prefix", prefix: fold(prefix), caseSensitive };
    }
    case "connectMatcher":
      return { kind: "connect" };
    case "pathMatchPolicy":
      throw new ConfigError(`${field}.path_match_policy`, "path match policies are not supported");
    default:
      throw new ConfigError(field, "needs a path rule: prefix, path, safe_regex …");
  }
}

/** `path` is without its query. CONNECT requests match only "connect", and nothing else does. */
export function matchPath(matcher: PathMatcher, path: string, isConnect: boolean): boolean {
  if (matcher.kind === "connect" || isConnect) return matcher.kind === "connect" && isConnect;
  if (matcher.kind === "regex") return matcher.regex.matchesAll(path);
  const folded = matcher.caseSensitive ? path : path.toLowerCase();
  switch (matcher.kind) {
    case "prefix":
      return folded.startsWith(matcher.prefix);
    case "exact":
      return folded === matcher.path;
    case "separated-prefix":
      return (
        folded.startsWith(matcher.prefix) &&
        (folded.length === matcher.prefix.length || folded[matcher.prefix.length] === "/")
      );
  }
}

/** For people: `prefix "/api"`. */
export function formatPathMatcher(matcher: PathMatcher): string {
  switch (matcher.kind) {
    case "prefix":
    case "separated-prefix":
      return `${matcher.kind} "${matcher.prefix}"`;
    case "exact":
      return `path "${matcher.path}"`;
    case "regex":
      return `regex "${matcher.regex.source}"`;
    case "connect":
      return "CONNECT";
  }
}
