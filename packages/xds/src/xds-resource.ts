import { createHash } from "node:crypto";
import type { TypeUrl } from "@weft/api";

/** One encoded resource. Encoded once and shared by every stream that carries it. */
export interface XdsResource {
  readonly name: string;
  /** Equal versions mean equal bytes. */
  readonly version: string;
  /** `Any.value`. */
  readonly bytes: Uint8Array;
}

/**
 * Everything one client should have, by type and name. A type's map that is the same object as
 * before is taken as unchanged without a look inside.
 */
export type XdsResources = ReadonlyMap<TypeUrl, ReadonlyMap<string, XdsResource>>;

/** The version of a resource: a hash of its bytes, so that a restarted server names it alike. */
export function resourceVersion(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 16);
}
