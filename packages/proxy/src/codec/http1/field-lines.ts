import { CR, FIELD_VALUE, LF, TOKEN } from "./character.ts";
import { badRequest, type ParseFailure } from "./parse-failure.ts";

const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * `name ":" OWS value OWS CRLF` lines from `at` to the end, as a flat array with lower-case names
 * (RFC 9112 §5). Whitespace around names, folded lines and control bytes are refused.
 */
export function parseFieldLines(
  text: string,
  at: number,
  maxCount: number,
): string[] | ParseFailure {
  const flat: string[] = [];
  let position = at;
  while (position < text.length) {
    if (flat.length >= maxCount * 2) return { status: 431, detail: "too many header fields" };
    const nameStart = position;
    while (TOKEN[text.charCodeAt(position)] === 1) position++;
    if (position === nameStart || text.charCodeAt(position) !== COLON)
      return badRequest("invalid header name");
    const nameEnd = position++;
    while (isWhitespace(text.charCodeAt(position))) position++;
    const valueStart = position;
    while (FIELD_VALUE[text.charCodeAt(position)] === 1) position++;
    if (text.charCodeAt(position) !== CR || text.charCodeAt(position + 1) !== LF)
      return badRequest("invalid header value");
    let valueEnd = position;
    while (valueEnd > valueStart && isWhitespace(text.charCodeAt(valueEnd - 1))) valueEnd--;
    flat.push(text.slice(nameStart, nameEnd).toLowerCase(), text.slice(valueStart, valueEnd));
    position += 2;
  }
  return flat;
}

function isWhitespace(code: number): boolean {
  return code === SPACE || code === TAB;
}
