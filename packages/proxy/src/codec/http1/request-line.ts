import { TARGET } from "./character.ts";
import { badRequest, type ParseFailure } from "./parse-failure.ts";

/** `method SP target SP HTTP/1.minor` */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly minor: 0 | 1;
}

const SPACE = 0x20;
/** Tokens as RFC 9110 §9.1 has them, less what no registered method contains. */
const METHOD = /^[A-Z][A-Z0-9_-]{0,31}$/;
const VERSION = /^HTTP\/[0-9]\.[0-9]$/;

/** Reads a request line without its CRLF; RFC 9112 §3. Exactly one space separates the parts. */
export function parseRequestLine(line: string, maxTargetBytes: number): RequestLine | ParseFailure {
  const methodEnd = line.indexOf(" ");
  const method = line.slice(0, Math.max(methodEnd, 0));
  if (!isUsualMethod(method) && !METHOD.test(method)) return badRequest("invalid method");
  if (method === "PRI") return badRequest("HTTP/2 preface");
  let at = methodEnd + 1;
  while (TARGET[line.charCodeAt(at)] === 1) at++;
  if (at - methodEnd - 1 > maxTargetBytes) return { status: 414, detail: "target too long" };
  if (at === methodEnd + 1 || line.charCodeAt(at) !== SPACE) return badRequest("invalid target");
  const version = line.slice(at + 1);
  const target = line.slice(methodEnd + 1, at);
  if (version === "HTTP/1.1") return { method, target, minor: 1 };
  if (version === "HTTP/1.0") return { method, target, minor: 0 };
  if (VERSION.test(version) && !version.startsWith("HTTP/1."))
    return { status: 505, detail: "unsupported HTTP version" };
  return badRequest("invalid HTTP version");
}

function isUsualMethod(method: string): boolean {
  return method === "GET" || method === "POST" || method === "PUT" || method === "HEAD";
}
