/** What the first bytes of a connection say about TLS. */
export type TlsSniff =
  | { readonly kind: "incomplete" }
  | { readonly kind: "not-tls" }
  | { readonly kind: "tls"; readonly serverName: string; readonly alpn: readonly string[] };

/** Envoy's `max_client_hello_size`. */
export const MAX_CLIENT_HELLO_BYTES: number = 16 * 1024;

const INCOMPLETE: TlsSniff = { kind: "incomplete" };
const NOT_TLS: TlsSniff = { kind: "not-tls" };
const RECORD_HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const EXTENSION_SERVER_NAME = 0;
const EXTENSION_ALPN = 16;

/**
 * Finds the server name and ALPN of a ClientHello (RFC 8446 §4.1.2), which may be spread over
 * several records:
 *
 *   22, 3, minor, length(2) │ 1, length(3), version(2), random(32), session(1+), ciphers(2+),
 *                           │ compression(1+), extensions(2+){ type(2), length(2), … }
 */
export function sniffClientHello(bytes: Buffer): TlsSniff {
  if (bytes.length > 0 && bytes[0] !== RECORD_HANDSHAKE) return NOT_TLS;
  if (bytes.length > 1 && bytes[1] !== 3) return NOT_TLS;
  if (bytes.length < 5) return INCOMPLETE;
  const hello = joinRecords(bytes);
  if (hello === undefined) return NOT_TLS;
  if (hello.length > 0 && hello[0] !== CLIENT_HELLO) return NOT_TLS;
  if (hello.length < 4) return INCOMPLETE;
  const length = hello.readUIntBE(1, 3);
  if (length > MAX_CLIENT_HELLO_BYTES) return NOT_TLS;
  if (hello.length < 4 + length) return INCOMPLETE;
  return readHello(hello.subarray(4, 4 + length));
}

/** The handshake bytes of all records that are there, or undefined when one is no handshake. */
function joinRecords(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 5 <= bytes.length) {
    if (bytes[at] !== RECORD_HANDSHAKE)
      return parts.length === 0 ? undefined : Buffer.concat(parts);
    const length = bytes.readUInt16BE(at + 3);
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

function readHello(hello: Buffer): TlsSniff {
  let serverName = "";
  let alpn: readonly string[] = [];
  // version and random
  let at = 34;
  at += 1 + (hello[at] ?? 0);
  if (at + 2 > hello.length) return NOT_TLS;
  at += 2 + hello.readUInt16BE(at);
  at += 1 + (hello[at] ?? 0);
  if (at + 2 > hello.length) return { kind: "tls", serverName, alpn };
  const end = Math.min(hello.length, at + 2 + hello.readUInt16BE(at));
  at += 2;
  while (at + 4 <= end) {
    const type = hello.readUInt16BE(at);
    const length = hello.readUInt16BE(at + 2);
    const body = hello.subarray(at + 4, at + 4 + length);
    if (body.length < length) return NOT_TLS;
    if (type === EXTENSION_SERVER_NAME) serverName = readServerName(body);
    else if (type === EXTENSION_ALPN) alpn = readAlpn(body);
    at += 4 + length;
  }
  return { kind: "tls", serverName, alpn };
}

/** RFC 6066 §3: list(2) of type(1), length(2), name; only type 0 exists. */
function readServerName(body: Buffer): string {
  if (body.length < 5 || body[2] !== 0) return "";
  const length = body.readUInt16BE(3);
  return body.toString("latin1", 5, 5 + length).toLowerCase();
}

/** RFC 7301 §3.1: list(2) of length(1), name. */
function readAlpn(body: Buffer): readonly string[] {
  const names: string[] = [];
  for (let at = 2; at < body.length; at += 1 + (body[at] ?? 0))
    names.push(body.toString("latin1", at + 1, at + 1 + (body[at] ?? 0)));
  return names;
}
