import type { ProxyNode } from "../../../model/proxy-node.ts";
import { matchLabels } from "../../../model/resource.ts";
import type { HttpMatch, L4Match } from "../../../model/virtual-service.ts";

/** Where a rule is about to be used. */
export interface Place {
  readonly proxy: ProxyNode;
  /** `mesh`, or `namespace/name` of a Gateway. */
  readonly gateway: string;
  /** Of the service, or of the Gateway's server. */
  readonly port: number;
}

/**
 * True when a rule's match can hold for requests of this proxy at this port at all. As in Istio a match
 * that names gateways disregards source labels and source namespace.
 */
export function matchApplies(match: HttpMatch | L4Match, place: Place): boolean {
  if (match.port !== undefined && match.port !== place.port) return false;
  if (match.gateways.length > 0) return match.gateways.includes(place.gateway);
  const { labels, namespace } = place.proxy;
  return (
    matchLabels(match.sourceLabels, labels) &&
    (match.sourceNamespace === "" || match.sourceNamespace === namespace)
  );
}
