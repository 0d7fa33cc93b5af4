import type { RouteAction_RequestMirrorPolicy } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { ConfigError } from "@weft/core";
import { compileRuntimeFraction, type FractionMatcher } from "../match/fraction.ts";

/** Sends a copy of the request to another cluster and throws the answer away. */
export interface MirrorPolicy {
  readonly cluster: string;
  /** Undefined: every request. */
  readonly fraction: FractionMatcher | undefined;
  /** The copy's authority gets `-shadow`, so that its receiver can tell. */
  readonly appendsShadowSuffix: boolean;
}

/** Throws `ConfigError`. `field` is that of the level that holds `request_mirror_policies`. */
export function compileMirrorPolicies(
  messages: readonly RouteAction_RequestMirrorPolicy[],
  field: string,
): readonly MirrorPolicy[] {
  return messages.map((message, index) =>
    compileMirrorPolicy(message, `${field}.request_mirror_policies[${index}]`),
  );
}

function compileMirrorPolicy(
  message: RouteAction_RequestMirrorPolicy,
  field: string,
): MirrorPolicy {
  if (message.cluster === "" || message.clusterHeader !== "") {
    throw new ConfigError(`${field}.cluster`, "mirroring needs a cluster by name");
  }
  return {
    cluster: message.cluster,
    fraction: compileRuntimeFraction(message.runtimeFraction),
    appendsShadowSuffix: !message.disableShadowHostSuffixAppend,
  };
}
