import type { Duration } from "@bufbuild/protobuf/wkt";

/** A protobuf Duration in milliseconds, fractional. */
export function durationMs(duration: Duration): number {
  return Number(duration.seconds) * 1000 + duration.nanos / 1_000_000;
}

/** Keeps "absent" apart from zero. */
export function optionalDurationMs(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : durationMs(duration);
}
