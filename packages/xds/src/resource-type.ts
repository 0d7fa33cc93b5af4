import { TYPE_URL, type TypeUrl } from "@weft/api";

/** What the protocol has to know about one type of resource. */
export interface ResourceType {
  readonly typeUrl: TypeUrl;
  /** The field's own short name, as in `pilot_xds_pushes{type="cds"}`. */
  readonly shortName: "CDS" | "EDS" | "SDS" | "LDS" | "RDS";
  /**
   * No names in the first request mean "all", and a state-of-the-world response is the complete
   * state: what it leaves out is gone. For the other types what is left out is unchanged.
   */
  readonly isFullState: boolean;
  /** Types whose additions the client must have taken before additions of this one are sent. */
  readonly sendsAfter: readonly TypeUrl[];
  /** Types that may refer to this one: a removal waits until the client took their present state. */
  readonly removesAfter: readonly TypeUrl[];
  /** A changed resource of this type waits, in Envoy, for the same-named resource of that one. */
  readonly warmsBy?: TypeUrl;
}

/**
 * Make before break, in sending order: clusters, their endpoints, listeners, routes; removals in the
 * opposite direction. Endpoints do not wait for the clusters' acknowledgement, because Envoy
 * withholds that one until the clusters are warm, which takes the endpoints. Routes do not wait for
 * listeners, because a listener warms with its routes.
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#eventual-consistency-considerations
 */
export const RESOURCE_TYPES: readonly ResourceType[] = [
  {
    typeUrl: TYPE_URL.cluster,
    shortName: "CDS",
    isFullState: true,
    sendsAfter: [],
    removesAfter: [TYPE_URL.listener, TYPE_URL.route],
    warmsBy: TYPE_URL.endpoint,
  },
  {
    typeUrl: TYPE_URL.endpoint,
    shortName: "EDS",
    isFullState: false,
    sendsAfter: [],
    removesAfter: [TYPE_URL.cluster],
  },
  {
    typeUrl: TYPE_URL.secret,
    shortName: "SDS",
    isFullState: false,
    sendsAfter: [],
    removesAfter: [TYPE_URL.cluster, TYPE_URL.listener],
  },
  {
    typeUrl: TYPE_URL.listener,
    shortName: "LDS",
    isFullState: true,
    sendsAfter: [TYPE_URL.cluster, TYPE_URL.endpoint],
    removesAfter: [],
  },
  {
    typeUrl: TYPE_URL.route,
    shortName: "RDS",
    isFullState: false,
    sendsAfter: [TYPE_URL.cluster, TYPE_URL.endpoint],
    removesAfter: [TYPE_URL.listener],
  },
];

const BY_URL: ReadonlyMap<string, ResourceType> = new Map(
  RESOURCE_TYPES.map((type) => [type.typeUrl, type]),
);

/** The type of a type URL that came over the wire; `undefined` when it is none of ours. */
export function resourceTypeOf(typeUrl: string): ResourceType | undefined {
  return BY_URL.get(typeUrl);
}
