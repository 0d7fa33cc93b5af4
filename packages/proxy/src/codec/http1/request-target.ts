import { isAuthority, isHostAndPort, isSameAuthority } from "./authority.ts";
import { badRequest, type ParseFailure } from "./parse-failure.ts";

/** Where a request goes, whatever form its target had. */
export interface Target {
  readonly authority: string;
  readonly path: string;
}

const SLASH = 0x2f;
const ABSOLUTE = /^(https?):\/\/([^/?]*)(.*)$/i;

/**
 * The four forms of RFC 9112 §3.2. `host` is the checked Host field, or "" (HTTP/1.0 only). An
 * absolute form that disagrees with Host is refused, so that nobody behind us can choose the other.
 */
export function resolveTarget(method: string, target: string, host: string): Target | ParseFailure {
  if (method === "CONNECT") {
    if (!isHostAndPort(target)) return badRequest("CONNECT without host and port");
    const port = target.slice(target.lastIndexOf(":") + 1);
    if (host !== "" && !isSameAuthority(target, host, port))
      return badRequest("host differs from target");
    return { authority: target, path: "" };
  }
  if (target.charCodeAt(0) === SLASH) return { authority: host, path: target };
  if (target === "*" && method === "OPTIONS") return { authority: host, path: "*" };
  const [, scheme, authority, rest] = ABSOLUTE.exec(target) ?? [];
  if (scheme === undefined || authority === undefined || rest === undefined)
    return badRequest("invalid target");
  if (!isAuthority(authority)) return badRequest("invalid authority in target");
  const defaultPort = scheme.toLowerCase() === "https" ? "443" : "80";
  if (host !== "" && !isSameAuthority(authority, host, defaultPort))
    return badRequest("host differs from target");
  return { authority, path: rest.charCodeAt(0) === SLASH ? rest : `/${rest}` };
}
