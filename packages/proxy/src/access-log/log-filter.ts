import {
  type AccessLogFilter,
  type ComparisonFilter,
  ComparisonFilter_Op as Op,
} from "@weft/api/envoy/config/accesslog/v3/accesslog_pb.js";
import { ConfigError } from "@weft/core";
import type { ResponseFlag } from "../http/response-flag.ts";
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
      return (info) => compare(info.endMs - info.startMs);
    }
    case "responseFlagFilter": {
      const flags = specifier.value.flags as ResponseFlag[];
      if (flags.length === 0) return (info) => info.flags.length > 0;
      return (info) => info.flags.some((flag) => flags.includes(flag));
    }
    case "headerFilter": {
      if (specifier.value.header === undefined) throw new ConfigError(field, "needs a header");
      const matcher = compileHeaderMatcher(specifier.value.header, `${field}.header`);
      return (info) => matchHeader(matcher, info.request);
    }
    case "andFilter": {
      const filters = specifier.value.filters.map((inner) => compileLogFilter(inner, field));
      return (info) => filters.every((filter) => filter(info));
    }
    case "orFilter": {
      const filters = specifier.value.filters.map((inner) => compileLogFilter(inner, field));
      return (info) => filters.some((filter) => filter(info));
    }
    case "notHealthCheckFilter":
      // No health check filter runs here, so no request is a health check.
      return () => true;
    default:
      throw new ConfigError(field, `${specifier.case ?? "an empty filter"} is not supported`);
  }
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
