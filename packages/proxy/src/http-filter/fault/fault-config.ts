import type { FaultDelay } from "@weft/api/envoy/extensions/filters/common/fault/v3/fault_pb.js";
import type {
  FaultAbort,
  HTTPFault,
} from "@weft/api/envoy/extensions/filters/http/fault/v3/fault_pb.js";
import { ConfigError } from "@weft/core";
import { durationMs } from "../../route/action/duration-ms.ts";
import { compileFraction, type FractionMatcher } from "../../route/match/fraction.ts";
import { compileHeaderMatcher, type HeaderMatcher } from "../../route/match/header-matcher.ts";

/** What goes wrong on purpose, how often, and for whom. */
export interface FaultConfig {
  readonly delay: { readonly delayMs: number; readonly share: FractionMatcher } | undefined;
  readonly abort:
    | {
        readonly httpStatus: number | undefined;
        readonly grpcStatus: number | undefined;
        readonly share: FractionMatcher;
      }
    | undefined;
  /** Only requests to this cluster; empty: all. */
  readonly upstreamCluster: string;
  readonly headers: readonly HeaderMatcher[];
  /** Faults at the same time; undefined: no limit. */
  readonly maxActiveFaults: number | undefined;
}

/** Throws `ConfigError`. An empty config is the filter waiting for a route to say more. */
export function compileFault(message: HTTPFault, field: string): FaultConfig {
  const unsupported: readonly (readonly [isUsed: boolean, name: string])[] = [
    [message.responseRateLimit !== undefined, "response_rate_limit"],
    [message.downstreamNodes.length > 0, "downstream_nodes"],
    [message.delay?.faultDelaySecifier.case === "headerDelay", "delay.header_delay"],
    [message.abort?.errorType.case === "headerAbort", "abort.header_abort"],
  ];
  for (const [isUsed, name] of unsupported) {
    if (isUsed) throw new ConfigError(`${field}.${name}`, "is not supported");
  }
  return {
    delay: message.delay && compileDelay(message.delay, `${field}.delay`),
    abort: message.abort && compileAbort(message.abort, `${field}.abort`),
    upstreamCluster: message.upstreamCluster,
    headers: message.headers.map((matcher, index) =>
      compileHeaderMatcher(matcher, `${field}.headers[${index}]`),
    ),
    maxActiveFaults: message.maxActiveFaults,
  };
}

function compileDelay(message: FaultDelay, field: string): NonNullable<FaultConfig["delay"]> {
  const specifier = message.faultDelaySecifier;
  if (specifier.case !== "fixedDelay") throw new ConfigError(field, "needs fixed_delay");
  const delayMs = durationMs(specifier.value);
  if (!(delayMs > 0)) throw new ConfigError(`${field}.fixed_delay`, "must be above 0");
  return { delayMs, share: compileFraction(message.percentage) };
}

function compileAbort(message: FaultAbort, field: string): NonNullable<FaultConfig["abort"]> {
  const { errorType } = message;
  const share = compileFraction(message.percentage);
  switch (errorType.case) {
    case "httpStatus":
      if (errorType.value < 200 || errorType.value > 599) {
        throw new ConfigError(
          `${field}.http_status`,
          `${errorType.value} is not within 200 to 599`,
        );
      }
      return { httpStatus: errorType.value, grpcStatus: undefined, share };
    case "grpcStatus":
      return { httpStatus: undefined, grpcStatus: errorType.value, share };
    default:
      throw new ConfigError(field, "needs http_status or grpc_status");
  }
}
