import type {
  RouteAction,
  RouteMatch,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type { RegexMatchAndSubstitute } from "@weft/api/envoy/type/matcher/v3/regex_pb.js";
import { ConfigError } from "@weft/core";
import type { RequestHead } from "../../codec/codec.ts";
import { checkHeaderText } from "../header-text.ts";
import { headerValue } from "../match/header-matcher.ts";
import { checkSubstitution, compileRegex, type Regex } from "../match/regex.ts";

/** How the path changes on its way upstream; the query stays. */
export type PathRewrite =
  /** Replaces the first `matchedChars` characters: the length of the route's own path rule. */
  | { readonly kind: "prefix"; readonly matchedChars: number; readonly replacement: string }
  | { readonly kind: "regex"; readonly regex: Regex; readonly substitution: string };

/** How the authority changes on its way upstream. */
export type HostRewrite =
  | { readonly kind: "literal"; readonly host: string }
  /** The chosen host's own name (DNS clusters). */
  | { readonly kind: "auto" }
  | { readonly kind: "header"; readonly header: string }
  | { readonly kind: "path-regex"; readonly regex: Regex; readonly substitution: string };

/** Throws `ConfigError`. */
export function compilePathRewrite(
  rewrite: {
    readonly prefixRewrite: string;
    readonly regexRewrite?: RegexMatchAndSubstitute | undefined;
  },
  match: RouteMatch | undefined,
  field: string,
): PathRewrite | undefined {
  if (rewrite.regexRewrite !== undefined) {
    if (rewrite.prefixRewrite !== "") {
      throw new ConfigError(field, "prefix_rewrite and regex_rewrite exclude each other");
    }
    return {
      kind: "regex",
      ...compileSubstitution(rewrite.regexRewrite, `${field}.regex_rewrite`),
    };
  }
  if (rewrite.prefixRewrite === "") return undefined;
  return {
    kind: "prefix",
    matchedChars: matchedChars(match, field),
    replacement: checkHeaderText(rewrite.prefixRewrite, `${field}.prefix_rewrite`),
  };
}

/** A prefix or exact path has a length of its own; Envoy replaces a regex match's whole path. */
function matchedChars(match: RouteMatch | undefined, field: string): number {
  const specifier = match?.pathSpecifier;
  switch (specifier?.case) {
    case "prefix":
    case "path":
    case "pathSeparatedPrefix":
      return specifier.value.length;
    case "safeRegex":
      return Number.POSITIVE_INFINITY;
    default:
      throw new ConfigError(field, "prefix_rewrite needs a prefix, path or regex to replace");
  }
}

/** Throws `ConfigError`. */
export function compileHostRewrite(action: RouteAction, field: string): HostRewrite | undefined {
  const specifier = action.hostRewriteSpecifier;
  switch (specifier.case) {
    case "hostRewriteLiteral":
      return {
        kind: "literal",
        host: checkHeaderText(specifier.value, `${field}.host_rewrite_literal`),
      };
    case "autoHostRewrite":
      return specifier.value.value ? { kind: "auto" } : undefined;
    case "hostRewriteHeader":
      return { kind: "header", header: specifier.value.toLowerCase() };
    case "hostRewritePathRegex":
      return {
        kind: "path-regex",
        ...compileSubstitution(specifier.value, `${field}.host_rewrite_path_regex`),
      };
    default:
      return undefined;
  }
}

function compileSubstitution(message: RegexMatchAndSubstitute, field: string) {
  const regex = compileRegex(message.pattern?.regex ?? "", `${field}.pattern`);
  checkSubstitution(regex, message.substitution, `${field}.substitution`);
  checkHeaderText(message.substitution, `${field}.substitution`);
  return { regex, substitution: message.substitution };
}

/** The new path with its query. */
export function rewritePath(rewrite: PathRewrite, path: string): string {
  const queryAt = path.indexOf("?");
  const bare = queryAt === -1 ? path : path.slice(0, queryAt);
  const query = queryAt === -1 ? "" : path.slice(queryAt);
  if (rewrite.kind === "regex") return rewrite.regex.replaceAll(bare, rewrite.substitution) + query;
  return rewrite.replacement + bare.slice(rewrite.matchedChars) + query;
}

/** The new authority; undefined leaves it ("auto" is decided when the host is known). */
export function rewriteHost(rewrite: HostRewrite, request: RequestHead): string | undefined {
  switch (rewrite.kind) {
    case "literal":
      return rewrite.host;
    case "auto":
      return undefined;
    case "header":
      return headerValue(request, rewrite.header) || undefined;
    case "path-regex": {
      const queryAt = request.path.indexOf("?");
      const bare = queryAt === -1 ? request.path : request.path.slice(0, queryAt);
      return rewrite.regex.replaceAll(bare, rewrite.substitution);
    }
  }
}
