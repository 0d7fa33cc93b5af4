import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";

/** A `google.protobuf.Duration` of so many milliseconds. */
export function durationFromMs(durationMs: number): Duration {
  const seconds = Math.floor(durationMs / 1000);
  const nanos = Math.round((durationMs - seconds * 1000) * 1e6);
  return create(DurationSchema, { seconds: BigInt(seconds), nanos });
}
