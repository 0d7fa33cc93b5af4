/**
 * The few forms of DER (ITU-T X.690) that a certificate needs. Tests write their own, so that what
 * the mesh's authority makes with a library is held against something else than that library.
 */
export type Der = Buffer;

/** A value with its tag and length. */
export function tagged(tag: number, ...contents: readonly Der[]): Der {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content]);
}

export const sequence = (...items: readonly Der[]): Der => tagged(0x30, ...items);
export const set = (...items: readonly Der[]): Der => tagged(0x31, ...items);
export const octetString = (content: Der): Der => tagged(0x04, content);
export const utf8String = (text: string): Der => tagged(0x0c, Buffer.from(text));
export const booleanTrue: Der = tagged(0x01, Buffer.from([0xff]));

/** A whole number of bytes: no unused bits. */
export const bitString = (content: Der): Der => tagged(0x03, Buffer.from([0]), content);

/** An integer that is not negative, from its bytes. */
export function integer(bytes: Der): Der {
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return tagged(0x02, isNegative ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** `1.2.840.10045.4.3.2` and the like. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest.flatMap(base128)];
  return tagged(0x06, Buffer.from(bytes));
}

/** GeneralizedTime, in whole seconds. */
export function time(atMs: number): Der {
  const digits = new Date(atMs).toISOString().replace(/\.\d+Z$/, "Z");
  return tagged(0x18, Buffer.from(digits.replaceAll(/[-:T]/g, "")));
}

/** The text form that files and `node:tls` use. */
export function toPem(label: string, der: Der): string {
  const lines = der.toString("base64").replaceAll(/(.{64})/g, "$1\n");
  return `-----BEGIN ${label}-----\n${lines.trimEnd()}\n-----END ${label}-----\n`;
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

/** Seven bits a byte, the highest first; all but the last have the top bit set. */
function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
