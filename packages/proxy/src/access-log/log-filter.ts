import {
  type AccessLogFilter,
  type ComparisonFilter,
  ComparisonFilter_Op as Op,
} from "@weft/api/envoy/config/accesslog/v3/accesslog_pb.js";
import { ConfigError } from "@weft/core";
import { LONG_FLAG, type ResponseFlag } from "../http/response-flag.ts";
import type { StreamInfo } from "../http/stream-info.ts";
import { compileHeaderMatcher, matchHeader } from "../route/match/header-matcher.ts";

/** Whether a finished request is logged. */
export type LogFilter = (info: StreamInfo) => boolean;

/** Throws `ConfigError` for a filter that is not known here. */
export function compileLogFilter(message: AccessLogFilter, field: string): LogFilter {
  const specifier = message.filterSpecifier;
  switch (specifier.case) {
    case "statusCodeFilter": {
      const compare = compileComparison(specifier.value.comparison, field);
      return (info) => compare(info.responseCode);
    }
    case "durationFilter": {
      const compare = compileComparison(specifier.value.comparison, field);
      // Whole milliseconds, as %DURATION% prints them.
      return (info) => compare(Math.trunc(info.endMs - info.startMs));
    }
    case "responseFlagFilter": {
      const flags = specifier.value.flags as ResponseFlag[];
      for (const flag of flags)
        if (!ENVOY_FLAGS.has(flag))
          throw new ConfigError(`${field}.response_flag_filter.flags`, `"${flag}" is no flag`);
      if (flags.length === 0) return (info) => info.flags.length > 0;
      return (info) => info.flags.some((flag) => flags.includes(flag));
    }
    case "headerFilter": {
      if (specifier.value.header === undefined) throw new ConfigError(field, "needs a header");
      const matcher = compileHeaderMatcher(specifier.value.header, `${field}.header`);
      return (info) => matchHeader(matcher, info.request);
    }
    case "andFilter": {
      const filters = compileAll(specifier.value.filters, `${field}.and_filter`);
      return (info) => filters.every((filter) => filter(info));
    }
    case "orFilter": {
      const filters = compileAll(specifier.value.filters, `${field}.or_filter`);
      return (info) => filters.some((filter) => filter(info));
    }
    case "notHealthCheckFilter":
      // No health check filter runs here, so no request is a health check.
      return () => true;
    default:
      throw new ConfigError(field, `${specifier.case ?? "an empty filter"} is not supported`);
  }
}

/** Every flag that Envoy knows; those that nothing here raises match nothing. */
const ENVOY_FLAGS: ReadonlySet<string> = new Set([
  ...Object.keys(LONG_FLAG),
  ..."LH RL UAEX RLSE IH RFCF NFCF OM DF DO UDO".split(" "),
]);

/** Envoy refuses fewer than two: one alone needs no conjunction, none would be a riddle. */
function compileAll(messages: readonly AccessLogFilter[], field: string): readonly LogFilter[] {
  if (messages.length < 2) throw new ConfigError(`${field}.filters`, "needs two or more");
  return messages.map((inner, index) => compileLogFilter(inner, `${field}.filters[${index}]`));
}

function compileComparison(
  comparison: ComparisonFilter | undefined,
  field: string,
): (value: number) => boolean {
  const bound = comparison?.value?.defaultValue;
  if (comparison === undefined || bound === undefined) {
    throw new ConfigError(`${field}.comparison`, "is required");
  }
  switch (comparison.op) {
    case Op.EQ:
      return (value) => value === bound;
    case Op.GE:
      return (value) => value >= bound;
    case Op.LE:
      return (value) => value <= bound;
    default:
      throw new ConfigError(`${field}.comparison.op`, `${comparison.op} is not supported`);
  }
}
