import { ConfigError } from "@weft/core";

/** What `table` says about an enum's number; protobuf lets undefined numbers through, Envoy refuses them. */
export function knownEnum<T>(
  table: Readonly<Record<number, T>>,
  code: number,
  field: string,
): T & NonNullable<unknown> {
  const entry = table[code];
  if (entry === undefined || entry === null) {
    throw new ConfigError(field, `${code} is not a value of this enum`);
  }
  return entry;
}
