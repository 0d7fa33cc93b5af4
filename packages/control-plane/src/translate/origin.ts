import { create, type JsonObject } from "@bufbuild/protobuf";
import { type Metadata, MetadataSchema } from "@weft/api/envoy/config/core/v3/base_pb.js";
import type { Origin } from "../model/resource.ts";

/** The key of `filter_metadata` under which a translated part says which resource it came from. */
export const ORIGIN_METADATA = "weft.dev/origin";

/** Metadata of a translated part: its origin, and what Istio itself would put there. */
export function originMetadata(origin: Origin | undefined, istio?: JsonObject): Metadata {
  const filterMetadata: { [key: string]: JsonObject } = {};
  if (istio !== undefined && Object.keys(istio).length > 0) filterMetadata.istio = istio;
  if (origin !== undefined) {
    const { kind, namespace, name, file, line } = origin;
    filterMetadata[ORIGIN_METADATA] = { kind, namespace, name, file, line };
  }
  return create(MetadataSchema, { filterMetadata });
}

/** Istio's path of a configuration resource, which it puts into route and cluster metadata. */
export function configPath(origin: Origin): string {
  const kind = origin.kind.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
  return `/apis/networking.istio.io/v1/namespaces/${origin.namespace}/${kind}/${origin.name}`;
}
