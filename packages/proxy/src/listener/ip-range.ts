import { isIPv4, isIPv6 } from "node:net";
import type { CidrRange } from "@weft/api/envoy/config/core/v3/address_pb.js";
import { ConfigError } from "@weft/core";

/** A block of addresses; {@link parseIpRange} makes it. */
export interface IpRange {
  readonly family: 4 | 6;
  readonly base: bigint;
  readonly prefixLength: number;
}

/** Reads one range of configuration; a missing length is 0, every address, as in Envoy. */
export function parseIpRange(range: CidrRange, field: string): IpRange {
  const address = parseIp(range.addressPrefix);
  if (address === undefined)
    throw new ConfigError(field, `"${range.addressPrefix}" is not an IP address`);
  const bits = address.family === 4 ? 32 : 128;
  const prefixLength = range.prefixLen ?? 0;
  if (prefixLength > bits) throw new ConfigError(field, `prefix length ${prefixLength} > ${bits}`);
  return { family: address.family, base: address.value, prefixLength };
}

/** Whether `range` holds the address; an IPv4-mapped IPv6 address counts as IPv4. */
export function isInRange(address: string, range: IpRange): boolean {
  const parsed = parseIp(address);
  if (parsed === undefined || parsed.family !== range.family) return false;
  const shift = BigInt((range.family === 4 ? 32 : 128) - range.prefixLength);
  return parsed.value >> shift === range.base >> shift;
}

function parseIp(text: string): { readonly family: 4 | 6; readonly value: bigint } | undefined {
  const plain = /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(text) ? text.slice("::ffff:".length) : text;
  if (isIPv4(plain)) {
    let value = 0n;
    for (const part of plain.split(".")) value = (value << 8n) | BigInt(part);
    return { family: 4, value };
  }
  return isIPv6(plain) ? { family: 6, value: parseIpv6(plain) } : undefined;
}

function parseIpv6(text: string): bigint {
  const [head = "", tail] = (text.split("%")[0] ?? "").split("::");
  const groups = (part: string): number[] =>
    part === ""
      ? []
      : part.split(":").flatMap((group) => {
          if (!group.includes(".")) return [Number.parseInt(group, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
          return [a * 256 + b, c * 256 + d];
        });
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0);
  let value = 0n;
  for (const group of [...before, ...zeros, ...after]) value = (value << 16n) | BigInt(group);
  return value;
}
