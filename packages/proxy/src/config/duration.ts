import type { Duration } from "@bufbuild/protobuf/wkt";
import { ConfigError } from "@weft/core";

/** A protobuf duration in milliseconds; `defaultMs` when it is absent. Negative ones are refused. */
export function toMs(duration: Duration | undefined, defaultMs: number, field = ""): number {
  if (duration === undefined) return defaultMs;
  const ms = Number(duration.seconds) * 1000 + duration.nanos / 1e6;
  if (ms < 0) throw new ConfigError(field, "must not be negative");
  return ms;
}
