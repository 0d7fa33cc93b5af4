/**
 * Which bytes may stand where, as tables indexed by byte (1 = allowed). An index beyond the table,
 * or NaN from `charCodeAt` past the end, reads `undefined`, which is "not allowed" as well.
 */

/** `token` of RFC 9110 §5.6.2: methods, field names, extension names. */
export const TOKEN: Uint8Array = table(
  "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
);

/** Field values: HTAB, SP, VCHAR and obs-text; RFC 9110 §5.5. */
export const FIELD_VALUE: Uint8Array = new Uint8Array(256).map((_, byte) =>
  byte === 0x09 || (byte >= 0x20 && byte !== 0x7f) ? 1 : 0,
);

/** Request target: VCHAR without "#", which no form of RFC 9112 §3.2 contains. */
export const TARGET: Uint8Array = new Uint8Array(256).map((_, byte) =>
  byte > 0x20 && byte < 0x7f && byte !== 0x23 ? 1 : 0,
);

/** The value of a hexadecimal digit, or 255. */
export const HEX_VALUE: Uint8Array = new Uint8Array(256).map((_, byte) => {
  const digit = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(digit) ? 255 : digit;
});

export const CR = 0x0d;
export const LF = 0x0a;

function table(allowed: string): Uint8Array {
  const made = new Uint8Array(256);
  for (let at = 0; at < allowed.length; at++) made[allowed.charCodeAt(at)] = 1;
  return made;
}
