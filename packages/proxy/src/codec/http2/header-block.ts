import { HeaderMap } from "../../http/header-map.ts";

/** Fields that mean something on one hop of HTTP/1 only; forbidden in HTTP/2 (RFC 9113 §8.2.2). */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "host",
]);

/** Fields of which Node refuses to send two; RFC 9110 allows them once anyway. */
const SINGLE: ReadonlySet<string> = new Set([
  "access-control-allow-credentials",
  "access-control-max-age",
  "access-control-request-method",
  "age",
  "authorization",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-md5",
  "content-range",
  "content-type",
  "date",
  "dnt",
  "etag",
  "expires",
  "from",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "location",
  "max-forwards",
  "proxy-authorization",
  "range",
  "referer",
  "retry-after",
  "tk",
  "upgrade-insecure-requests",
  "user-agent",
  "x-content-type-options",
]);

/** A header block's pseudo-fields and the rest. */
export interface HeaderBlock {
  readonly pseudo: ReadonlyMap<string, string>;
  readonly host: string | undefined;
  readonly headers: HeaderMap;
}

/** Splits what arrived. Cookie crumbs become one field again (RFC 9113 §8.2.3). */
export function readHeaderBlock(raw: readonly string[]): HeaderBlock {
  const pseudo = new Map<string, string>();
  const flat: string[] = [];
  let host: string | undefined;
  let cookieAt = -1;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? "";
    const value = raw[at + 1] ?? "";
    if (name.charCodeAt(0) === 0x3a) pseudo.set(name, value);
    else if (name === "host") host = value;
    else if (name === "cookie" && cookieAt >= 0)
      flat[cookieAt + 1] = `${flat[cookieAt + 1] ?? ""}; ${value}`;
    else {
      if (name === "cookie") cookieAt = flat.length;
      flat.push(name, value);
    }
  }
  return { pseudo, host, headers: new HeaderMap(flat) };
}

/** Size of a block as SETTINGS_MAX_HEADER_LIST_SIZE counts it (RFC 9113 §6.5.2): 32 more a field. */
export function headerListBytes(flat: readonly string[]): number {
  let bytes = flat.length * 16;
  for (const part of flat) bytes += part.length;
  return bytes;
}

/** What leaves: pseudo-fields first, hop fields dropped, a repeated singleton only once. */
export function writeHeaderBlock(pseudo: readonly string[], flat: readonly string[]): string[] {
  const block = [...pseudo];
  const seen = new Set<string>();
  for (let at = 0; at < flat.length; at += 2) {
    const name = flat[at] ?? "";
    const value = flat[at + 1] ?? "";
    if (FORBIDDEN.has(name) || (name === "te" && value !== "trailers")) continue;
    if (SINGLE.has(name)) {
      if (seen.has(name)) continue;
      seen.add(name);
    }
    block.push(name, value);
  }
  return block;
}

/** For the calls of Node that take no array: repeated names become lists. */
export function toHeaderObject(flat: readonly string[]): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = Object.create(null);
  for (let at = 0; at < flat.length; at += 2) {
    const name = flat[at] ?? "";
    const value = flat[at + 1] ?? "";
    const known = object[name];
    if (known === undefined) object[name] = value;
    else object[name] = Array.isArray(known) ? [...known, value] : [known, value];
  }
  return object;
}

/** The other way round, for events of Node that carry no raw list. */
export function fromHeaderObject(
  object: Readonly<Record<string, string | readonly string[] | number | undefined>>,
): string[] {
  const flat: string[] = [];
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const one of value) flat.push(name, String(one));
    else flat.push(name, String(value));
  }
  return flat;
}
