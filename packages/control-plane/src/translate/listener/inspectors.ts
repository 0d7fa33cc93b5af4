import type {
  FilterChain,
  ListenerFilter,
  ListenerFilterChainMatchPredicate,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import { httpInspector, tlsInspector } from "./listener-filter.ts";
import { anyOfPorts, notOfPorts } from "./port-predicate.ts";

/**
 * The inspectors that a listener's chains need, on the ports that need them: whoever is not looked at is
 * served at once, also when the server speaks first. Destination port 0 stands for all other ports.
 */
export function buildInspectors(chains: readonly FilterChain[]): ListenerFilter[] {
  const filters: ListenerFilter[] = [];
  const tls = inspection(chains, needsTls);
  const http = inspection(chains, needsHttp);
  if (tls.isNeeded) filters.push(tlsInspector(tls.disabled));
  // After the other: what TLS is, is not HTTP.
  if (http.isNeeded) filters.push(httpInspector(http.disabled));
  return filters;
}

/** Whether a chain is chosen by what only the first bytes of TLS tell. */
export function needsTls({ filterChainMatch: match }: FilterChain): boolean {
  return match?.transportProtocol === "tls" || (match?.serverNames.length ?? 0) > 0;
}

function needsHttp({ filterChainMatch: match }: FilterChain): boolean {
  return match?.transportProtocol === "raw_buffer" && match.applicationProtocols.length > 0;
}

interface Inspection {
  readonly isNeeded: boolean;
  /** On which connections it does nothing; absent: on none. */
  readonly disabled?: ListenerFilterChainMatchPredicate | undefined;
}

function inspection(
  chains: readonly FilterChain[],
  needs: (chain: FilterChain) => boolean,
): Inspection {
  const all = new Set(chains.map(portOf));
  const needed = new Set(chains.filter(needs).map(portOf));
  if (needed.size === 0) return { isNeeded: false };
  if (!needed.has(0)) return { isNeeded: true, disabled: notOfPorts(sorted(needed)) };
  const others = sorted(all.difference(needed));
  return { isNeeded: true, disabled: others.length === 0 ? undefined : anyOfPorts(others) };
}

function portOf({ filterChainMatch: match }: FilterChain): number {
  return match?.destinationPort ?? 0;
}

function sorted(ports: ReadonlySet<number>): number[] {
  return [...ports].sort((a, b) => a - b);
}
