import type { CorsPolicy as CorsPolicyMessage } from "@weft/api/envoy/extensions/filters/http/cors/v3/cors_pb.js";
import { ConfigError } from "@weft/core";
import { compileRuntimeFraction, type FractionMatcher } from "../../route/match/fraction.ts";
import { compileStringMatcher, type StringMatcher } from "../../route/match/string-matcher.ts";

/** Who may call from another origin, and how. Empty strings: that header is not sent. */
export interface CorsPolicy {
  readonly origins: readonly StringMatcher[];
  readonly allowMethods: string;
  readonly allowHeaders: string;
  readonly exposeHeaders: string;
  readonly maxAge: string;
  readonly allowCredentials: boolean;
  readonly allowPrivateNetwork: boolean;
  readonly forwardsOtherPreflights: boolean;
  /** Undefined: always on. */
  readonly enabled: FractionMatcher | undefined;
}

/** Throws `ConfigError`. */
export function compileCorsPolicy(message: CorsPolicyMessage, field: string): CorsPolicy {
  if (message.shadowEnabled !== undefined) {
    throw new ConfigError(`${field}.shadow_enabled`, "is not supported");
  }
  return {
    origins: message.allowOriginStringMatch.map((matcher, index) =>
      compileStringMatcher(matcher, `${field}.allow_origin_string_match[${index}]`),
    ),
    allowMethods: message.allowMethods,
    allowHeaders: message.allowHeaders,
    exposeHeaders: message.exposeHeaders,
    maxAge: message.maxAge,
    allowCredentials: message.allowCredentials ?? false,
    allowPrivateNetwork: message.allowPrivateNetworkAccess ?? false,
    forwardsOtherPreflights: message.forwardNotMatchingPreflights ?? true,
    enabled: compileRuntimeFraction(message.filterEnabled),
  };
}
