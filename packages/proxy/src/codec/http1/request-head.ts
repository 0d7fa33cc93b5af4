import { HeaderMap } from "../../http/header-map.ts";
import type { RequestHead } from "../codec.ts";
import type { CodecOptions } from "../codec-options.ts";
import { isAuthority } from "./authority.ts";
import {
  type ConnectionOptions,
  NO_CONNECTION_OPTIONS,
  parseConnection,
} from "./connection-field.ts";
import { parseFieldLines } from "./field-lines.ts";
import {
  type BodyLength,
  CHUNKED,
  checkTransferEncoding,
  parseContentLength,
  TUNNEL,
} from "./framing.ts";
import { badRequest, type ParseFailure } from "./parse-failure.ts";
import { parseRequestLine, type RequestLine } from "./request-line.ts";
import { resolveTarget } from "./request-target.ts";

/** A request's head with everything that is the connection's business taken out of it. */
export interface ParsedRequest {
  readonly head: RequestHead;
  readonly bodyLength: BodyLength;
  readonly keepAlive: boolean;
  /** The client waits for a 100 before it sends the body. */
  readonly expectsContinue: boolean;
}

/** Fields that say how this hop works; what they mean is in {@link ParsedRequest}. */
interface HopFields {
  host: string | undefined;
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  connection: string | undefined;
  expect: string | undefined;
  upgrade: string | undefined;
  te: string | undefined;
}

/**
 * Reads the text of a whole head (RFC 9112 §2 to §7). `host`, `connection` and what it names,
 * `transfer-encoding`, `expect`, `keep-alive` do not reach `headers`; `upgrade` does for websocket.
 */
export function parseRequestHead(
  text: string,
  options: CodecOptions,
): ParsedRequest | ParseFailure {
  const lineEnd = text.indexOf("\r\n");
  const line = parseRequestLine(text.slice(0, lineEnd), options.maxTargetBytes);
  if ("status" in line) return line;
  const fields = parseFieldLines(text, lineEnd + 2, options.maxHeaderCount);
  if (!Array.isArray(fields)) return fields;
  const hop: HopFields = {
    host: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    connection: undefined,
    expect: undefined,
    upgrade: undefined,
    te: undefined,
  };
  const flat: string[] = [];
  const failure = separateHopFields(fields, hop, flat);
  if (failure !== undefined) return failure;
  return assemble(line, hop, flat);
}

/** Moves the hop's own fields out of `fields`; the rest goes to `flat`. */
function separateHopFields(
  fields: readonly string[],
  hop: HopFields,
  flat: string[],
): ParseFailure | undefined {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    const value = fields[at + 1] ?? "";
    switch (name) {
      case "host":
        if (hop.host !== undefined) return badRequest("more than one host");
        hop.host = value;
        break;
      case "content-length":
        if (hop.contentLength !== undefined) return badRequest("more than one content-length");
        hop.contentLength = value;
        flat.push(name, value);
        break;
      case "transfer-encoding":
        if (hop.transferEncoding !== undefined)
          return badRequest("more than one transfer-encoding");
        hop.transferEncoding = value;
        break;
      case "connection":
        hop.connection = hop.connection === undefined ? value : `${hop.connection},${value}`;
        break;
      case "expect":
        if (hop.expect !== undefined) return badRequest("more than one expect");
        hop.expect = value;
        break;
      case "upgrade":
        hop.upgrade = hop.upgrade === undefined ? value : `${hop.upgrade},${value}`;
        break;
      case "te":
        hop.te = value;
        break;
      case "keep-alive":
      case "proxy-connection":
      case "http2-settings":
        break;
      case "transfer_encoding":
      case "content_length":
        return badRequest("underscore in a framing field's name");
      default:
        flat.push(name, value);
    }
  }
  return undefined;
}

function assemble(line: RequestLine, hop: HopFields, flat: string[]): ParsedRequest | ParseFailure {
  if (hop.host === undefined) {
    if (line.minor === 1) return badRequest("missing host");
  } else if (!isAuthority(hop.host)) return badRequest("invalid host");
  const target = resolveTarget(line.method, line.target, hop.host ?? "");
  if ("status" in target) return target;
  const connection =
    hop.connection === undefined ? NO_CONNECTION_OPTIONS : parseConnection(hop.connection);
  if ("status" in connection) return connection;
  const hasUpgrade = isWebsocketUpgrade(line, hop, connection);
  const bodyLength = findBodyLength(line, hop, hasUpgrade);
  if (typeof bodyLength !== "number") return bodyLength;
  const expectsContinue = hop.expect !== undefined && line.minor === 1;
  if (expectsContinue && hop.expect?.toLowerCase() !== "100-continue")
    return { status: 417, detail: "unknown expectation" };
  if (hop.te !== undefined && /(?:^|[\s,])trailers(?:[\s,;]|$)/i.test(hop.te))
    flat.push("te", "trailers");
  if (hasUpgrade) flat.push("upgrade", "websocket");
  const headers = new HeaderMap(flat);
  for (const name of connection.nominated) headers.remove(name);
  return {
    head: {
      method: line.method,
      scheme: line.method === "CONNECT" ? "" : "http",
      authority: target.authority,
      path: target.path,
      headers,
      protocol: line.minor === 1 ? "HTTP/1.1" : "HTTP/1.0",
    },
    bodyLength,
    keepAlive: line.minor === 1 ? !connection.hasClose : connection.hasKeepAlive,
    expectsContinue,
  };
}

function findBodyLength(
  line: RequestLine,
  hop: HopFields,
  hasUpgrade: boolean,
): BodyLength | ParseFailure {
  if (hop.transferEncoding !== undefined) {
    if (hop.contentLength !== undefined)
      return badRequest("both content-length and transfer-encoding");
    if (line.minor === 0) return badRequest("transfer-encoding in HTTP/1.0");
    const failure = checkTransferEncoding(hop.transferEncoding);
    if (failure !== undefined) return failure;
    if (line.method === "CONNECT") return badRequest("CONNECT with a body");
    return CHUNKED;
  }
  const length = hop.contentLength === undefined ? 0 : parseContentLength(hop.contentLength);
  if (length !== 0) return line.method === "CONNECT" ? badRequest("CONNECT with a body") : length;
  return line.method === "CONNECT" || hasUpgrade ? TUNNEL : 0;
}

/** Every other protocol, `h2c` above all, is not for us to switch to (RFC 9110 §7.8 allows ignoring). */
function isWebsocketUpgrade(
  line: RequestLine,
  hop: HopFields,
  connection: ConnectionOptions,
): boolean {
  return (
    hop.upgrade?.toLowerCase() === "websocket" &&
    connection.hasUpgrade &&
    line.method === "GET" &&
    line.minor === 1 &&
    hop.transferEncoding === undefined
  );
}
