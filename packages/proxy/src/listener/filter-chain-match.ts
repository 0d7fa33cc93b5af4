import {
  type FilterChainMatch,
  FilterChainMatch_ConnectionSourceType,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import { ConfigError } from "@weft/core";
import { type IpRange, isInRange, parseIpRange } from "./ip-range.ts";

/** What is known of a connection when its filter chain is chosen. */
export interface ConnectionFacts {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly transportProtocol: "raw_buffer" | "tls";
  /** Server name of the ClientHello in lower case; empty when there is none. */
  readonly serverName: string;
  readonly applicationProtocols: readonly string[];
}

/** The criteria of one chain, ready to be asked. */
export interface ChainCriteria {
  readonly destinationPort: number | undefined;
  readonly destinationRanges: readonly IpRange[];
  readonly serverNames: readonly string[];
  readonly transportProtocol: string;
  readonly applicationProtocols: readonly string[];
  readonly directSourceRanges: readonly IpRange[];
  readonly sourceType: FilterChainMatch_ConnectionSourceType;
  readonly sourceRanges: readonly IpRange[];
  readonly sourcePorts: readonly number[];
}

/** Reads the match of one chain; absent criteria match everything. */
export function parseFilterChainMatch(
  match: FilterChainMatch | undefined,
  field: string,
): ChainCriteria {
  if (match?.addressSuffix || match?.suffixLen !== undefined)
    throw new ConfigError(`${field}.address_suffix`, "is not supported");
  for (const name of match?.serverNames ?? [])
    if (name === "*" || name.includes("*", 1))
      throw new ConfigError(`${field}.server_names`, `"${name}" is a partial wildcard`);
  const ranges = (list: FilterChainMatch["prefixRanges"] | undefined, name: string) =>
    (list ?? []).map((range) => parseIpRange(range, `${field}.${name}`));
  return {
    destinationPort: match?.destinationPort,
    destinationRanges: ranges(match?.prefixRanges, "prefix_ranges"),
    serverNames: (match?.serverNames ?? []).map((name) => name.toLowerCase()),
    transportProtocol: match?.transportProtocol ?? "",
    applicationProtocols: match?.applicationProtocols ?? [],
    directSourceRanges: ranges(match?.directSourcePrefixRanges, "direct_source_prefix_ranges"),
    sourceType: match?.sourceType ?? FilterChainMatch_ConnectionSourceType.ANY,
    sourceRanges: ranges(match?.sourcePrefixRanges, "source_prefix_ranges"),
    sourcePorts: match?.sourcePorts ?? [],
  };
}

/** How well one criterion fits: -1 not at all, 0 it asks for nothing, more is more specific. */
type Fit = (criteria: ChainCriteria, facts: ConnectionFacts) => number;

/** Envoy's order (`FilterChainMatch` in its API reference). */
const STEPS: readonly Fit[] = [
  ({ destinationPort }, facts) =>
    destinationPort === undefined ? 0 : destinationPort === facts.localPort ? 1 : -1,
  (criteria, facts) => fitRanges(criteria.destinationRanges, facts.localAddress),
  (criteria, facts) => fitServerName(criteria.serverNames, facts.serverName),
  ({ transportProtocol }, facts) =>
    transportProtocol === "" ? 0 : transportProtocol === facts.transportProtocol ? 1 : -1,
  ({ applicationProtocols }, facts) =>
    fitProtocols(applicationProtocols, facts.applicationProtocols),
  (criteria, facts) => fitRanges(criteria.directSourceRanges, facts.remoteAddress),
  (criteria, facts) => fitSourceType(criteria.sourceType, facts),
  (criteria, facts) => fitRanges(criteria.sourceRanges, facts.remoteAddress),
  ({ sourcePorts }, facts) => fitList(sourcePorts, (port) => port === facts.remotePort),
];

/**
 * The chain for a connection, or `undefined`. At each step the most specific of the remaining chains
 * stay, without going back: a chain that loses at one step cannot win by a later one.
 */
export function matchFilterChain<Chain extends { readonly criteria: ChainCriteria }>(
  chains: readonly Chain[],
  facts: ConnectionFacts,
): Chain | undefined {
  let remaining = chains;
  for (const fit of STEPS) {
    if (remaining.length === 0) return undefined;
    let best = 0;
    const fits = remaining.map((chain) => {
      const value = fit(chain.criteria, facts);
      best = Math.max(best, value);
      return value;
    });
    if (fits.every((value) => value === best)) continue;
    remaining = remaining.filter((_, index) => fits[index] === best);
  }
  return remaining[0];
}

function fitList<Item>(wanted: readonly Item[], matches: (item: Item) => boolean): number {
  if (wanted.length === 0) return 0;
  return wanted.some(matches) ? 1 : -1;
}

/** What the client named first counts most. */
function fitProtocols(wanted: readonly string[], offered: readonly string[]): number {
  if (wanted.length === 0) return 0;
  const index = offered.findIndex((protocol) => wanted.includes(protocol));
  return index < 0 ? -1 : offered.length - index;
}

function fitRanges(ranges: readonly IpRange[], address: string): number {
  if (ranges.length === 0) return 0;
  let longest = -1;
  for (const range of ranges)
    if (isInRange(address, range)) longest = Math.max(longest, range.prefixLength);
  // A range of length 0 is still a criterion that matched.
  return longest < 0 ? -1 : longest + 1;
}

/** Exact beats `*.suffix`, a longer suffix beats a shorter one. */
function fitServerName(names: readonly string[], serverName: string): number {
  if (names.length === 0) return 0;
  let best = -1;
  for (const name of names) {
    if (name === serverName) return Number.MAX_SAFE_INTEGER;
    if (name.startsWith("*.") && serverName.endsWith(name.slice(1)) && serverName !== "")
      best = Math.max(best, name.length);
  }
  return best;
}

function fitSourceType(
  sourceType: FilterChainMatch_ConnectionSourceType,
  facts: ConnectionFacts,
): number {
  if (sourceType === FilterChainMatch_ConnectionSourceType.ANY) return 0;
  const isLocal =
    facts.remoteAddress === facts.localAddress ||
    facts.remoteAddress.startsWith("127.") ||
    facts.remoteAddress === "::1";
  const wantsLocal = sourceType === FilterChainMatch_ConnectionSourceType.SAME_IP_OR_LOOPBACK;
  return isLocal === wantsLocal ? 1 : -1;
}
