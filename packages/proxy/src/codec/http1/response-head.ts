import { HeaderMap } from "../../http/header-map.ts";
import type { ResponseHead } from "../codec.ts";
import type { CodecOptions } from "../codec-options.ts";
import { FIELD_VALUE } from "./character.ts";
import { NO_CONNECTION_OPTIONS, parseConnection } from "./connection-field.ts";
import { parseFieldLines } from "./field-lines.ts";
import {
  type BodyLength,
  CHUNKED,
  checkTransferEncoding,
  parseContentLength,
  TUNNEL,
  UNTIL_CLOSE,
} from "./framing.ts";
import { badRequest, type ParseFailure } from "./parse-failure.ts";

/** A response's head with the connection's business taken out of it. */
export interface ParsedResponse {
  readonly head: ResponseHead;
  readonly bodyLength: BodyLength;
  readonly keepAlive: boolean;
}

/** `HTTP/1.x SP 3DIGIT [SP reason]`; a missing space before an empty reason is common and harmless. */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: (.*))?$/s;

/** Reads a status line without its CRLF; RFC 9112 §4. */
export function parseStatusLine(
  line: string,
): { readonly minor: number; readonly status: number } | ParseFailure {
  if (line === "HTTP/1.1 200 OK") return OK;
  const parts = STATUS_LINE.exec(line);
  if (parts === null) return badRequest("invalid status line");
  const reason = parts[3] ?? "";
  for (let at = 0; at < reason.length; at++)
    if (FIELD_VALUE[reason.charCodeAt(at)] !== 1) return badRequest("invalid reason phrase");
  return { minor: Number(parts[1]), status: Number(parts[2]) };
}

const OK = { minor: 1, status: 200 };

/** Reads the text of a whole head, answer to a request with `method`. */
export function parseResponseHead(
  text: string,
  method: string,
  options: CodecOptions,
): ParsedResponse | ParseFailure {
  const lineEnd = text.indexOf("\r\n");
  const line = parseStatusLine(text.slice(0, lineEnd));
  if ("detail" in line) return line;
  const fields = parseFieldLines(text, lineEnd + 2, options.maxHeaderCount);
  if (!Array.isArray(fields)) return fields;
  const flat: string[] = [];
  let contentLength: string | undefined;
  let transferEncoding: string | undefined;
  let connectionValue: string | undefined;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    const value = fields[at + 1] ?? "";
    switch (name) {
      case "content-length":
        if (contentLength !== undefined) return badRequest("more than one content-length");
        contentLength = value;
        flat.push(name, value);
        break;
      case "transfer-encoding":
        if (transferEncoding !== undefined) return badRequest("more than one transfer-encoding");
        transferEncoding = value;
        break;
      case "connection":
        connectionValue = connectionValue === undefined ? value : `${connectionValue},${value}`;
        break;
      case "keep-alive":
      case "proxy-connection":
        break;
      case "upgrade":
        // Only the answer that switches says to what; elsewhere it is an advertisement for this hop.
        if (line.status === 101) flat.push(name, value);
        break;
      default:
        flat.push(name, value);
    }
  }
  const connection =
    connectionValue === undefined ? NO_CONNECTION_OPTIONS : parseConnection(connectionValue);
  if ("status" in connection) return connection;
  const bodyLength = findBodyLength(line, method, contentLength, transferEncoding);
  if (typeof bodyLength !== "number") return bodyLength;
  const headers = new HeaderMap(flat);
  for (const name of connection.nominated) headers.remove(name);
  return {
    head: { status: line.status, headers },
    bodyLength,
    keepAlive:
      bodyLength !== UNTIL_CLOSE &&
      (line.minor === 1 ? !connection.hasClose : connection.hasKeepAlive),
  };
}

/** RFC 9112 §6.3, where a contradiction is an error instead of a preference. */
function findBodyLength(
  line: { readonly minor: number; readonly status: number },
  method: string,
  contentLength: string | undefined,
  transferEncoding: string | undefined,
): BodyLength | ParseFailure {
  const { minor, status } = line;
  const length = contentLength === undefined ? undefined : parseContentLength(contentLength);
  if (typeof length === "object") return length;
  if (transferEncoding !== undefined) {
    if (length !== undefined) return badRequest("both content-length and transfer-encoding");
    if (minor === 0) return badRequest("transfer-encoding in HTTP/1.0");
    const failure = checkTransferEncoding(transferEncoding);
    if (failure !== undefined) return failure;
  }
  if (status < 200 || status === 204) {
    // "Content-Length: 0" on a 204 is forbidden too (RFC 9110 §8.6), but common and unambiguous.
    if (transferEncoding !== undefined || (length ?? 0) !== 0)
      return badRequest("body announced where none may be");
    return status === 101 ? TUNNEL : 0;
  }
  if (method === "CONNECT" && status < 300) return TUNNEL;
  if (method === "HEAD" || status === 304) return 0;
  if (transferEncoding !== undefined) return CHUNKED;
  return length ?? UNTIL_CLOSE;
}
