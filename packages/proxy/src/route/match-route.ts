import type { Random } from "@weft/core";
import type { RequestHead } from "../codec/codec.ts";
import { isGrpcContentType } from "../http/stream-info.ts";
import { pickWeighted } from "./action/cluster-choice.ts";
import type { DecisionTrace } from "./decision-trace.ts";
import { findDomain, withoutPort } from "./match/domain-index.ts";
import { drawFraction } from "./match/fraction.ts";
import { headerValue, matchHeader } from "./match/header-matcher.ts";
import { formatPathMatcher, matchPath } from "./match/path-matcher.ts";
import { matchQuery } from "./match/query-matcher.ts";
import type { HeaderMutations } from "./mutation/header-mutations.ts";
import type { Route, RouteDecision, RouteMatch, RouteTable, VirtualHost } from "./route-table.ts";

/**
 * The route for a request, or undefined when no virtual host or no route of it matches. Pure: equal
 * random, equal answer. Steps are written to `trace` when there is one.
 */
export function matchRoute(
  table: RouteTable,
  request: RequestHead,
  random: Random,
  trace?: DecisionTrace,
): RouteDecision | undefined {
  const host = table.ignorePort ? withoutPort(request.authority) : request.authority;
  const virtualHost = findDomain(table.domains, host);
  trace?.add({
    subject: `host ${host}`,
    isMatch: virtualHost !== undefined,
    reason: virtualHost === undefined ? "no virtual host" : `virtual host ${virtualHost.name}`,
  });
  if (virtualHost === undefined) return undefined;
  const route = findRoute(virtualHost, request, random, trace);
  return route === undefined ? undefined : decide(route, request, random, trace);
}

function findRoute(
  virtualHost: VirtualHost,
  request: RequestHead,
  random: Random,
  trace: DecisionTrace | undefined,
): Route | undefined {
  const { path } = request;
  const queryAt = path.indexOf("?");
  const bare = queryAt === -1 ? path : path.slice(0, queryAt);
  const query = queryAt === -1 ? "" : path.slice(queryAt + 1);
  for (const route of virtualHost.routes) {
    const miss = mismatch(route.match, request, bare, query, random);
    trace?.add({
      subject: `route ${route.name}`,
      isMatch: miss === undefined,
      reason: miss === undefined ? "matches" : explainMismatch(miss, route.match, request),
    });
    if (miss === undefined) return route;
  }
  return undefined;
}

/** Which condition fails first; a number is an index into headers (query: minus one less). */
type Mismatch =
  | "path"
  | "grpc"
  | "fraction"
  | { readonly header: number }
  | { readonly query: number };

function mismatch(
  match: RouteMatch,
  request: RequestHead,
  bare: string,
  query: string,
  random: Random,
): Mismatch | undefined {
  if (!matchPath(match.path, bare, request.method === "CONNECT")) return "path";
  for (let at = 0; at < match.headers.length; at += 1) {
    const matcher = match.headers[at];
    if (matcher !== undefined && !matchHeader(matcher, request)) return { header: at };
  }
  for (let at = 0; at < match.query.length; at += 1) {
    const matcher = match.query[at];
    if (matcher !== undefined && !matchQuery(matcher, query)) return { query: at };
  }
  if (match.isGrpcOnly && !isGrpcContentType(request.headers.get("content-type"))) return "grpc";
  if (match.fraction !== undefined && !drawFraction(match.fraction, random)) return "fraction";
  return undefined;
}

function explainMismatch(miss: Mismatch, match: RouteMatch, request: RequestHead): string {
  if (miss === "path") return `path ${request.path} is not ${formatPathMatcher(match.path)}`;
  if (miss === "grpc") return "not a gRPC request";
  if (miss === "fraction") return "outside the runtime fraction";
  if ("query" in miss) {
    const matcher = match.query[miss.query];
    return `query parameter ${matcher?.name} is not ${matcher?.value?.description ?? "present"}`;
  }
  const matcher = match.headers[miss.header];
  const value = headerValue(request, matcher?.name ?? "");
  const is = matcher?.isInverted === true ? "is" : "is not";
  return `header ${matcher?.name} (${value ?? "absent"}) ${is} ${matcher?.description}`;
}

function decide(
  route: Route,
  request: RequestHead,
  random: Random,
  trace: DecisionTrace | undefined,
): RouteDecision {
  const { action } = route;
  if (action.kind !== "forward") return plainDecision(route, "", undefined);
  switch (action.clusters.kind) {
    case "cluster":
      return plainDecision(route, action.clusters.name, action.hostRewrite);
    case "header": {
      const name = headerValue(request, action.clusters.header) ?? "";
      return plainDecision(route, name, action.hostRewrite);
    }
    case "weighted": {
      const entry = pickWeighted(action.clusters, request, random);
      const name =
        entry?.clusterHeader === undefined
          ? (entry?.name ?? "")
          : (headerValue(request, entry.clusterHeader) ?? "");
      trace?.add({
        subject: "weighted clusters",
        isMatch: true,
        reason: `${name} drew ${entry?.weight} of ${action.clusters.totalWeight}`,
      });
      if (entry === undefined) return plainDecision(route, name, action.hostRewrite);
      return {
        route,
        cluster: name,
        requestMutations: joinMutations(entry.requestMutations, route.requestMutations),
        responseMutations: joinMutations(entry.responseMutations, route.responseMutations),
        filterConfigs:
          entry.filterConfigs.size === 0
            ? route.filterConfigs
            : new Map([...route.filterConfigs, ...entry.filterConfigs]),
        // Envoy applies the share's first, so that the route's has the last word.
        hostRewrite: action.hostRewrite ?? entry.hostRewrite,
      };
    }
  }
}

/** Most shares change nothing, and then nothing is allocated. */
function joinMutations(entry: HeaderMutations, route: HeaderMutations): HeaderMutations {
  return entry.length === 0 ? route : [...entry, ...route];
}

function plainDecision(
  route: Route,
  cluster: string,
  hostRewrite: RouteDecision["hostRewrite"],
): RouteDecision {
  return {
    route,
    cluster,
    requestMutations: route.requestMutations,
    responseMutations: route.responseMutations,
    filterConfigs: route.filterConfigs,
    hostRewrite,
  };
}
