import type {
  RouteAction,
  WeightedCluster,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { ConfigError, type Random } from "@weft/core";
import type { RequestHead } from "../../codec/codec.ts";
import { compileRouteFilterConfigs } from "../../http-filter/route-filter-config.ts";
import { checkHeaderText } from "../header-text.ts";
import { headerValue } from "../match/header-matcher.ts";
import { compileHeaderMutations, type HeaderMutations } from "../mutation/header-mutations.ts";
import type { HostRewrite } from "./rewrite.ts";

/** How a route finds its cluster. */
export type ClusterChoice =
  | { readonly kind: "cluster"; readonly name: string }
  | { readonly kind: "header"; readonly header: string }
  | {
      readonly kind: "weighted";
      readonly entries: readonly WeightedEntry[];
      readonly totalWeight: number;
      /** Takes the draw from this header's number instead of the random, so that it can be sticky. */
      readonly randomHeader: string | undefined;
    };

/** One share of a weighted route, with what it changes of the route's own rules. */
export interface WeightedEntry {
  readonly name: string;
  readonly clusterHeader: string | undefined;
  readonly weight: number;
  readonly requestMutations: HeaderMutations;
  readonly responseMutations: HeaderMutations;
  readonly filterConfigs: ReadonlyMap<string, unknown>;
  readonly hostRewrite: HostRewrite | undefined;
}

/** Throws `ConfigError`. */
export function compileClusterChoice(action: RouteAction, field: string): ClusterChoice {
  const specifier = action.clusterSpecifier;
  switch (specifier.case) {
    case "cluster":
      if (specifier.value === "") throw new ConfigError(`${field}.cluster`, "must not be empty");
      return { kind: "cluster", name: specifier.value };
    case "clusterHeader":
      if (specifier.value === "") {
        throw new ConfigError(`${field}.cluster_header`, "must not be empty");
      }
      return { kind: "header", header: specifier.value.toLowerCase() };
    case "weightedClusters":
      return compileWeighted(specifier.value, `${field}.weighted_clusters`);
    case "clusterSpecifierPlugin":
    case "inlineClusterSpecifierPlugin":
      throw new ConfigError(field, "cluster specifier plugins are not supported");
    default:
      throw new ConfigError(field, "needs one of cluster, cluster_header, weighted_clusters");
  }
}

function compileWeighted(message: WeightedCluster, field: string): ClusterChoice {
  const entries = message.clusters.map((cluster, index): WeightedEntry => {
    const entryField = `${field}.clusters[${index}]`;
    if (cluster.metadataMatch !== undefined) {
      throw new ConfigError(`${entryField}.metadata_match`, "subset matching is not supported");
    }
    if ((cluster.name === "") === (cluster.clusterHeader === "")) {
      throw new ConfigError(entryField, "needs exactly one of name, cluster_header");
    }
    if (cluster.weight === undefined) throw new ConfigError(`${entryField}.weight`, "is required");
    const rewrite = cluster.hostRewriteSpecifier;
    return {
      name: cluster.name,
      clusterHeader: cluster.clusterHeader === "" ? undefined : cluster.clusterHeader.toLowerCase(),
      weight: cluster.weight,
      requestMutations: compileHeaderMutations(
        cluster.requestHeadersToAdd,
        cluster.requestHeadersToRemove,
        `${entryField}.request_headers`,
      ),
      responseMutations: compileHeaderMutations(
        cluster.responseHeadersToAdd,
        cluster.responseHeadersToRemove,
        `${entryField}.response_headers`,
      ),
      filterConfigs: compileRouteFilterConfigs(cluster.typedPerFilterConfig, entryField),
      hostRewrite:
        rewrite.case === "hostRewriteLiteral"
          ? {
              kind: "literal",
              host: checkHeaderText(rewrite.value, `${entryField}.host_rewrite_literal`),
            }
          : undefined,
    };
  });
  const totalWeight = entries.reduce((sum, { weight }) => sum + weight, 0);
  if (totalWeight === 0) throw new ConfigError(field, "the sum of weights must be above 0");
  if (totalWeight > 0xffff_ffff) throw new ConfigError(field, "the sum of weights is above 2^32-1");
  const { randomValueSpecifier } = message;
  return {
    kind: "weighted",
    entries,
    totalWeight,
    randomHeader:
      randomValueSpecifier.case === "headerName"
        ? randomValueSpecifier.value.toLowerCase()
        : undefined,
  };
}

/** One draw over the weights; entries of weight 0 are never chosen. */
export function pickWeighted(
  choice: Extract<ClusterChoice, { kind: "weighted" }>,
  request: RequestHead,
  random: Random,
): WeightedEntry | undefined {
  let point = drawPoint(choice, request, random);
  for (const entry of choice.entries) {
    if (point < entry.weight) return entry;
    point -= entry.weight;
  }
  return undefined;
}

function drawPoint(
  choice: Extract<ClusterChoice, { kind: "weighted" }>,
  request: RequestHead,
  random: Random,
): number {
  if (choice.randomHeader !== undefined) {
    const text = headerValue(request, choice.randomHeader);
    const value = text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
    // As in Envoy, what is no uint64 (also a repeated header) leaves it to the random.
    if (value !== undefined && value < 2n ** 64n) return Number(value % BigInt(choice.totalWeight));
  }
  return Math.floor(random() * choice.totalWeight);
}

/** Every name the choice can answer without looking at a request. */
export function clusterNamesOf(choice: ClusterChoice): readonly string[] {
  switch (choice.kind) {
    case "cluster":
      return [choice.name];
    case "header":
      return [];
    case "weighted":
      return choice.entries.map(({ name }) => name).filter((name) => name !== "");
  }
}
