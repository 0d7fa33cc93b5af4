import { create, type JsonObject } from "@bufbuild/protobuf";
import { type Metadata, MetadataSchema } from "@weft/api/envoy/config/core/v3/base_pb.js";
import type { Origin } from "../model/resource.ts";

/** The key of `filter_metadata` under which a translated part says which resource it came from. */
export const ORIGIN_METADATA = "weft.dev/origin";

/** Beside it on an inbound filter chain: the PeerAuthentication that decided what the chain accepts. */
export const POLICY_METADATA = "weft.dev/policy";

/** Metadata of a translated part: its origin, and what Istio itself would put there. */
export function originMetadata(origin: Origin | undefined, istio?: JsonObject): Metadata {
  const filterMetadata: { [key: string]: JsonObject } = {};
  if (istio !== undefined && Object.keys(istio).length > 0) filterMetadata.istio = istio;
  if (origin !== undefined) filterMetadata[ORIGIN_METADATA] = originFields(origin);
  return create(MetadataSchema, { filterMetadata });
}

/** Metadata of an inbound filter chain: the service it is for, and the policy that shaped it. */
export function inboundMetadata(service: Origin | undefined, policy: Origin | undefined): Metadata {
  const metadata = originMetadata(service);
  if (policy !== undefined) metadata.filterMetadata[POLICY_METADATA] = originFields(policy);
  return metadata;
}

function originFields({ kind, namespace, name, file, line }: Origin): JsonObject {
  return { kind, namespace, name, file, line };
}

/** Istio's path of a configuration resource, which it puts into route and cluster metadata. */
export function configPath(origin: Origin): string {
  const kind = origin.kind.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
  return `/apis/networking.istio.io/v1/namespaces/${origin.namespace}/${kind}/${origin.name}`;
}
