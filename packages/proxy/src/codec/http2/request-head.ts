import type { RequestHead } from "../codec.ts";
import type { CodecOptions } from "../codec-options.ts";
import { isAuthority, isHostAndPort, isSameAuthority } from "../http1/authority.ts";
import { TARGET } from "../http1/character.ts";
import { badRequest, type ParseFailure } from "../http1/parse-failure.ts";
import { headerListBytes, readHeaderBlock } from "./header-block.ts";

const METHOD = /^[A-Z][A-Z0-9_-]{0,31}$/;

/**
 * The request of a header block, as strict as HTTP/1 would be with it: what passes here may be
 * written on an HTTP/1 connection later (RFC 9113 §8.3.1 and §10.3).
 */
export function readRequestHead(
  raw: readonly string[],
  limits: Pick<CodecOptions, "maxTargetBytes" | "maxHeaderBytes">,
): RequestHead | ParseFailure {
  // What we told the peer in SETTINGS is only advice to it.
  if (headerListBytes(raw) > limits.maxHeaderBytes)
    return { status: 431, detail: "header fields too large" };
  const { pseudo, host, headers } = readHeaderBlock(raw);
  const method = pseudo.get(":method") ?? "";
  const authority = pseudo.get(":authority") ?? host ?? "";
  if (!METHOD.test(method)) return badRequest("invalid method");
  if (headers.has("transfer_encoding") || headers.has("content_length"))
    return badRequest("underscore in a framing field's name");
  headers.remove("expect");
  if (method === "CONNECT") {
    if (pseudo.has(":protocol")) return { status: 501, detail: "extended CONNECT" };
    if (!isHostAndPort(authority)) return badRequest("CONNECT without host and port");
    return { method, scheme: "", authority, path: "", headers, protocol: "HTTP/2" };
  }
  const scheme = pseudo.get(":scheme") ?? "";
  const path = pseudo.get(":path") ?? "";
  if (scheme !== "http" && scheme !== "https") return badRequest("invalid scheme");
  if (!isAuthority(authority)) return badRequest("invalid authority");
  if (host !== undefined && !isSameAuthority(authority, host, scheme === "https" ? "443" : "80"))
    return badRequest("host differs from authority");
  if (path.length > limits.maxTargetBytes) return { status: 414, detail: "target too long" };
  if (!isPath(path) && !(path === "*" && method === "OPTIONS")) return badRequest("invalid path");
  return { method, scheme, authority, path, headers, protocol: "HTTP/2" };
}

function isPath(path: string): boolean {
  if (path.charCodeAt(0) !== 0x2f) return false;
  for (let at = 0; at < path.length; at++) if (TARGET[path.charCodeAt(at)] !== 1) return false;
  return true;
}
