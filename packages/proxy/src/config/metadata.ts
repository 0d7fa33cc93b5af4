import type { Metadata } from "@weft/api/envoy/config/core/v3/base_pb.js";

/** filter_metadata: namespace → key → value. */
export type FilterMetadata = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const EMPTY: FilterMetadata = Object.freeze({});

/** The plain form of Envoy's metadata; one shared empty object when there is none. */
export function toFilterMetadata(metadata: Metadata | undefined): FilterMetadata {
  return metadata === undefined ? EMPTY : metadata.filterMetadata;
}
