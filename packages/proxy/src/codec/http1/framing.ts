import { badRequest, type ParseFailure } from "./parse-failure.ts";

/** Body length: a number of bytes, or one of the three below. */
export type BodyLength = number;
export const CHUNKED: BodyLength = -1;
export const UNTIL_CLOSE: BodyLength = -2;
/** Neither body nor next message: bytes wait until the answer decides (CONNECT, Upgrade). */
export const TUNNEL: BodyLength = -3;

const DIGITS = /^(?:0|[1-9][0-9]{0,15})$/;
const TOKEN_LIST = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*$/;

/** `1*DIGIT` without leading zeros up to 2^53-1; stricter than RFC 9110 §8.6, as nobody sends more. */
export function parseContentLength(value: string): number | ParseFailure {
  const bytes = DIGITS.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(bytes) ? bytes : badRequest("invalid content-length");
}

/**
 * Only `chunked`, once, is understood. A well-formed list with another coding is 501 (RFC 9112
 * §6.1); everything else is an attempt to be read differently by someone behind us.
 */
export function checkTransferEncoding(value: string): ParseFailure | undefined {
  if (value === "chunked" || value.toLowerCase() === "chunked") return undefined;
  const isKnownTwice = !TOKEN_LIST.test(value) || /^[\s,]*(?:chunked[\s,]*)+$/i.test(value);
  if (isKnownTwice) return badRequest("invalid transfer-encoding");
  return { status: 501, detail: "unsupported transfer coding" };
}
