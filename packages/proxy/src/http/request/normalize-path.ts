/** What to do with `%2F` and `%5C`, which mean "/" and "\" to some servers and not to others. */
export type EscapedSlashes = "keep" | "reject" | "redirect" | "unescape";

/** How request paths are made canonical before anything looks at them. */
export interface PathRules {
  /** RFC 3986 §6: unreserved escapes decoded, dot segments resolved, "\" read as "/". */
  readonly normalize: boolean;
  readonly mergeSlashes: boolean;
  readonly escapedSlashes: EscapedSlashes;
}

/** The canonical path, with its query untouched. */
export type NormalizedPath =
  | { readonly kind: "ok"; readonly path: string }
  /** The client is told the canonical path (307) instead of being served under an alias. */
  | { readonly kind: "redirect"; readonly path: string }
  | { readonly kind: "reject"; readonly detail: string };

/**
 * Makes one spelling of each path, so that a policy that looks at it sees what the service will see.
 * A path that needs no change costs one scan and no copy.
 */
export function normalizePath(path: string, rules: PathRules): NormalizedPath {
  if (!SUSPICIOUS.test(path)) return { kind: "ok", path };
  const queryAt = path.indexOf("?");
  let bare = queryAt === -1 ? path : path.slice(0, queryAt);
  const query = queryAt === -1 ? "" : path.slice(queryAt);
  if (bare.includes("#")) return reject("path_fragment");
  let wasUnescaped = false;
  if (ESCAPED_SLASH.test(bare)) {
    if (rules.escapedSlashes === "reject") return reject("path_escaped_slash");
    if (rules.escapedSlashes !== "keep") {
      bare = bare.replaceAll(/%2f/gi, "/").replaceAll(/%5c/gi, "\\");
      wasUnescaped = true;
    }
  }
  if (rules.normalize) {
    if (ESCAPED_CONTROL.test(bare)) return reject("path_control_character");
    if (BROKEN_ESCAPE.test(bare)) return reject("path_broken_escape");
    bare = removeDotSegments(decodeUnreserved(bare).replaceAll("\\", "/"));
  }
  if (rules.mergeSlashes) bare = bare.replaceAll(/\/{2,}/g, "/");
  const redirects = wasUnescaped && rules.escapedSlashes === "redirect";
  return { kind: redirects ? "redirect" : "ok", path: bare + query };
}

/** Anything below that could change a path: "%", "\", "#", "//" and "/.". */
const SUSPICIOUS = /[%\\#]|\/\/|\/\./;
const ESCAPED_SLASH = /%(?:2f|5c)/i;
const ESCAPED_CONTROL = /%(?:[01][0-9a-f]|7f)/i;
const BROKEN_ESCAPE = /%(?![0-9a-f]{2})/i;

function reject(detail: string): NormalizedPath {
  return { kind: "reject", detail };
}

/** Escapes of letters, digits, "-", ".", "_" and "~" mean the same unescaped: RFC 3986 §6.2.2.2. */
function decodeUnreserved(path: string): string {
  if (!path.includes("%")) return path;
  return path.replaceAll(/%([0-9a-f]{2})/gi, (escaped, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-._~]/.test(char) ? char : escaped.toUpperCase();
  });
}

/** RFC 3986 §5.2.4 for absolute paths; what climbs above the root stays at the root. */
function removeDotSegments(path: string): string {
  if (!path.includes("/.")) return path;
  const kept: string[] = [];
  const segments = path.slice(1).split("/");
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === "..") kept.pop();
    if (segment !== "." && segment !== "..") kept.push(segment);
    else if (isLast) kept.push("");
  }
  return `/${kept.join("/")}`;
}
