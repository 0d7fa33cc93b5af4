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
export function matchApplies(match: HttpMatch, place: Place): boolean {
  if (match.port !== undefined && match.port !== place.port) return false;
  if (match.gateways.length > 0) return match.gateways.includes(place.gateway);
  return sourceApplies(match, place);
}

/** As {@link matchApplies}, for TLS and TCP: there the source counts beside gateways. */
export function l4MatchApplies(match: L4Match, place: Place): boolean {
  if (match.port !== undefined && match.port !== place.port) return false;
  if (match.gateways.length > 0 && !match.gateways.includes(place.gateway)) return false;
  return sourceApplies(match, place);
}

function sourceApplies(
  { sourceLabels, sourceNamespace }: HttpMatch | L4Match,
  { proxy }: Place,
): boolean {
  return (
    matchLabels(sourceLabels, proxy.labels) &&
    (sourceNamespace === "" || sourceNamespace === proxy.namespace)
  );
}
