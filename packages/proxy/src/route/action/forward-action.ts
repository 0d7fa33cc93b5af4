import type { Duration } from "@bufbuild/protobuf/wkt";
import { RoutingPriority } from "@weft/api/envoy/config/core/v3/base_pb.js";
import {
  RouteAction_InternalRedirectAction as InternalRedirect,
  RouteAction_ClusterNotFoundResponseCode as NotFoundCode,
  type RetryPolicy as RetryPolicyMessage,
  type RouteAction,
  type RouteMatch,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { ConfigError } from "@weft/core";
import { toMs } from "../../config/duration.ts";
import { compileRetryPolicy } from "../../retry/retry-policy.ts";
import { knownEnum } from "../known-enum.ts";
import type { ForwardAction } from "../route-table.ts";
import { compileClusterChoice } from "./cluster-choice.ts";
import { compileMirrorPolicies } from "./mirror-policy.ts";
import { compileHostRewrite, compilePathRewrite } from "./rewrite.ts";

/** Envoy's, when a route says nothing. */
const DEFAULT_TIMEOUT_MS = 15_000;
/** Envoy's per-connection buffer limit, which bounds what is kept for a retry. */
const DEFAULT_RETRY_BUFFER_BYTES = 1024 * 1024;

/** What a route action inherits. */
export interface ForwardContext {
  readonly match: RouteMatch | undefined;
  /** The virtual host's, for routes without their own. */
  readonly inheritedRetryPolicy: RetryPolicyMessage | undefined;
  readonly retryBufferBytes: number | undefined;
}

/** Throws `ConfigError` for what is wrong and for what this proxy cannot do. */
export function compileForwardAction(
  action: RouteAction,
  context: ForwardContext,
  field: string,
): ForwardAction {
  refuseUnsupported(action, field);
  const retry = action.retryPolicy ?? context.inheritedRetryPolicy;
  const { maxStreamDuration } = action;
  return {
    kind: "forward",
    clusters: compileClusterChoice(action, field),
    clusterNotFoundStatus: knownEnum(
      NOT_FOUND_STATUS,
      action.clusterNotFoundResponseCode,
      `${field}.cluster_not_found_response_code`,
    ),
    pathRewrite: compilePathRewrite(action, context.match, field),
    hostRewrite: compileHostRewrite(action, field),
    appendXForwardedHost: action.appendXForwardedHost,
    timeoutMs: toMs(action.timeout, DEFAULT_TIMEOUT_MS, `${field}.timeout`),
    idleTimeoutMs: optionalMs(action.idleTimeout, `${field}.idle_timeout`),
    maxStreamDurationMs: optionalMs(
      maxStreamDuration?.maxStreamDuration,
      `${field}.max_stream_duration.max_stream_duration`,
    ),
    grpcTimeoutMaxMs:
      optionalMs(
        maxStreamDuration?.grpcTimeoutHeaderMax,
        `${field}.max_stream_duration.grpc_timeout_header_max`,
      ) ?? optionalMs(action.maxGrpcTimeout, `${field}.max_grpc_timeout`),
    retry: retry === undefined ? undefined : compileRetryPolicy(retry, `${field}.retry_policy`),
    retryBufferBytes: context.retryBufferBytes ?? DEFAULT_RETRY_BUFFER_BYTES,
    mirrors: compileMirrorPolicies(action.requestMirrorPolicies, field),
    upgrades: compileUpgrades(action, `${field}.upgrade_configs`),
    terminatesConnect: action.upgradeConfigs.some(
      ({ upgradeType, connectConfig }) =>
        upgradeType.toLowerCase() === "connect" && connectConfig !== undefined,
    ),
  };
}

/** Keeps "absent" apart from zero. */
function optionalMs(duration: Duration | undefined, field: string): number | undefined {
  return duration === undefined ? undefined : toMs(duration, 0, field);
}

function compileUpgrades(action: RouteAction, field: string): ReadonlyMap<string, boolean> {
  const upgrades = new Map<string, boolean>();
  for (const { upgradeType, enabled } of action.upgradeConfigs) {
    const type = upgradeType.toLowerCase();
    if (upgrades.has(type)) throw new ConfigError(field, `"${upgradeType}" is named twice`);
    upgrades.set(type, enabled ?? true);
  }
  return upgrades;
}

/** Saying no is better than pretending: an operator would believe that it works. */
function refuseUnsupported(action: RouteAction, field: string): void {
  const unsupported: readonly (readonly [isUsed: boolean, name: string])[] = [
    [action.metadataMatch !== undefined, "metadata_match"],
    [action.pathRewritePolicy !== undefined, "path_rewrite_policy"],
    [action.retryPolicyTypedConfig !== undefined, "retry_policy_typed_config"],
    [action.hashPolicy.length > 0, "hash_policy"],
    [action.rateLimits.length > 0, "rate_limits"],
    [action.cors !== undefined, "cors (use typed_per_filter_config)"],
    [action.earlyDataPolicy !== undefined, "early_data_policy"],
    [action.internalRedirectPolicy !== undefined, "internal_redirect_policy"],
    [
      action.internalRedirectAction !== InternalRedirect.PASS_THROUGH_INTERNAL_REDIRECT,
      "internal_redirect_action",
    ],
    [action.hedgePolicy !== undefined, "hedge_policy"],
    [action.grpcTimeoutOffset !== undefined, "grpc_timeout_offset"],
    [
      action.maxStreamDuration?.grpcTimeoutHeaderOffset !== undefined,
      "max_stream_duration.grpc_timeout_header_offset",
    ],
    [action.priority !== RoutingPriority.DEFAULT, "priority"],
    [
      action.upgradeConfigs.some(({ connectConfig }) => connectConfig?.proxyProtocolConfig),
      "upgrade_configs.connect_config.proxy_protocol_config",
    ],
    [
      action.upgradeConfigs.some(({ connectConfig }) => connectConfig?.allowPost === true),
      "upgrade_configs.connect_config.allow_post",
    ],
  ];
  for (const [isUsed, name] of unsupported) {
    if (isUsed) throw new ConfigError(`${field}.${name}`, "is not supported");
  }
}

const NOT_FOUND_STATUS: Readonly<Record<NotFoundCode, number>> = {
  [NotFoundCode.SERVICE_UNAVAILABLE]: 503,
  [NotFoundCode.NOT_FOUND]: 404,
  [NotFoundCode.INTERNAL_SERVER_ERROR]: 500,
};
