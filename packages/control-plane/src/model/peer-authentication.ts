import type { Labels, Resource } from "./resource.ts";

/** What an inbound port accepts. */
export type MtlsMode = "DISABLE" | "PERMISSIVE" | "STRICT";

/**
 * https://istio.io/latest/docs/reference/config/security/peer_authentication/ Mesh level: root
 * namespace without selector; namespace level: without selector; workload level: with selector.
 */
export interface PeerAuthentication extends Resource {
  /** `undefined`: no selector. */
  readonly selector: Labels | undefined;
  /** `undefined`: UNSET, inherited. */
  readonly mode: MtlsMode | undefined;
  /** By the workload's port; only with a selector. */
  readonly portLevelMtls: ReadonlyMap<number, MtlsMode | undefined>;
}
