import type { TypeUrl } from "@weft/api";
import type { XdsResource } from "../xds-resource.ts";

/** The two variants of the protocol. */
export type XdsVariant = "sotw" | "delta";

/** One request, stripped of its wire form. */
export interface XdsRequest {
  /** As it came; may be a type that nobody here knows. */
  readonly typeUrl: string;
  /** The response that this one answers; empty for none. */
  readonly nonce: string;
  /** Present: the response was refused, and why. */
  readonly errorMessage?: string;
  readonly names:
    | { readonly kind: "replace"; readonly names: readonly string[] }
    | {
        readonly kind: "change";
        readonly subscribe: readonly string[];
        readonly unsubscribe: readonly string[];
        /** What the client kept of an earlier stream, by name. */
        readonly initialVersions: Readonly<Record<string, string>>;
      };
}

/** One response before it gets its wire form. */
export interface XdsResponse {
  readonly typeUrl: TypeUrl;
  readonly version: string;
  readonly nonce: string;
  readonly resources: readonly XdsResource[];
  /** Always empty in the state-of-the-world variant. */
  readonly removed: readonly string[];
}
