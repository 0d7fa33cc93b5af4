import { badRequest, type ParseFailure } from "./parse-failure.ts";

const TOKEN_FORM = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** Removing one of these would change what the message is. */
const UNTOUCHABLE: ReadonlySet<string> = new Set([
  "content-length",
  "host",
  "transfer-encoding",
  "cookie",
  "authorization",
]);

/** What the Connection field asks for; RFC 9110 §7.6.1. */
export interface ConnectionOptions {
  readonly hasClose: boolean;
  readonly hasKeepAlive: boolean;
  readonly hasUpgrade: boolean;
  /** Names of further fields that belong to this hop only. */
  readonly nominated: readonly string[];
}

/** No Connection field at all. */
export const NO_CONNECTION_OPTIONS: ConnectionOptions = {
  hasClose: false,
  hasKeepAlive: false,
  hasUpgrade: false,
  nominated: [],
};

const KEEP_ALIVE: ConnectionOptions = { ...NO_CONNECTION_OPTIONS, hasKeepAlive: true };
const CLOSE: ConnectionOptions = { ...NO_CONNECTION_OPTIONS, hasClose: true };

/** Reads the field's values joined by ",". */
export function parseConnection(value: string): ConnectionOptions | ParseFailure {
  const text = value.toLowerCase();
  if (text === "keep-alive") return KEEP_ALIVE;
  if (text === "close") return CLOSE;
  const options = { hasClose: false, hasKeepAlive: false, hasUpgrade: false };
  const nominated: string[] = [];
  for (const part of text.split(",")) {
    const token = part.trim();
    if (token === "") continue;
    if (!TOKEN_FORM.test(token)) return badRequest("invalid connection option");
    if (UNTOUCHABLE.has(token)) return badRequest("connection names an end-to-end field");
    if (token === "close") options.hasClose = true;
    else if (token === "keep-alive") options.hasKeepAlive = true;
    else if (token === "upgrade") options.hasUpgrade = true;
    else if (token !== "te") nominated.push(token);
  }
  return { ...options, nominated };
}
