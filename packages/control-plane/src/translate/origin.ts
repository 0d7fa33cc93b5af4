import { create, type JsonObject } from "@bufbuild/protobuf";
import { type Metadata, MetadataSchema } from "@weft/api/envoy/config/core/v3/base_pb.js";

/** The key of `filter_metadata` under which a translated part says which resource it came from. */
export const ORIGIN_METADATA = "weft.dev/origin";

/** The resource behind a translated part: enough to point at the user's own line. */
export interface Origin {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** As the user named it; empty when the resource came from elsewhere. */
  readonly file: string;
  readonly line: number;
}

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
