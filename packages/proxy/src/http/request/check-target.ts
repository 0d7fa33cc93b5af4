import type { RequestHead } from "../../codec/codec.ts";

/**
 * Why the request's target or authority is refused (400), or undefined when it is well-formed:
 * RFC 9112 §3.2, and no userinfo, which only serves to deceive.
 */
export function checkTarget(request: RequestHead): string | undefined {
  const { method, path, authority } = request;
  if (authority === "") {
    if (request.protocol !== "HTTP/1.0") return "missing_host_header";
  } else if (!isAuthority(authority)) return "invalid_authority";
  if (method === "CONNECT") return AUTHORITY_PORT.test(authority) ? undefined : "invalid_authority";
  if (path === "*") return method === "OPTIONS" ? undefined : "invalid_path";
  if (!path.startsWith("/")) return "invalid_path";
  return PATH_FORBIDDEN.test(path) ? "invalid_path" : undefined;
}

/** A host name, IPv4 address or bracketed IPv6 address, with an optional port up to 65535. */
function isAuthority(authority: string): boolean {
  const match = AUTHORITY.exec(authority);
  if (match === null) return false;
  const port = match[1];
  return port === undefined || Number(port) <= 65_535;
}

const AUTHORITY =
  /^(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+;=]|%[0-9A-Fa-f]{2})+)(?::(\d{1,5}))?$/;
const AUTHORITY_PORT = /:\d{1,5}$/;
/** Controls, space and non-ASCII; "#" would be a fragment. */
const PATH_FORBIDDEN = /[^\x21-\x7e]|#/;
