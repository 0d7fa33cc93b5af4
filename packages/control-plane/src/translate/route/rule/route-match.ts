import { create } from "@bufbuild/protobuf";
import {
  type HeaderMatcher,
  HeaderMatcherSchema,
  type QueryParameterMatcher,
  QueryParameterMatcherSchema,
  type RouteMatch,
  RouteMatchSchema,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type { StringMatch } from "../../../model/string-match.ts";
import type { HttpMatch } from "../../../model/virtual-service.ts";
import { compareText } from "../../scope.ts";
import { buildStringMatcher } from "./string-matcher.ts";

/** Matches every path, as a rule without conditions does. */
export function matchAll(): RouteMatch {
  return create(RouteMatchSchema, { pathSpecifier: { case: "prefix", value: "/" } });
}

/**
 * The conditions of `match` that the request itself decides. Port, source labels, source namespace and
 * gateways are known beforehand: see `applies.ts`.
 */
export function buildRouteMatch(match: HttpMatch): RouteMatch {
  return create(RouteMatchSchema, {
    pathSpecifier: pathSpecifier(match.uri),
    caseSensitive: !match.ignoreUriCase,
    headers: [...namedHeaders(match), ...pseudoHeaders(match)],
    queryParameters: [...match.queryParams].map(([name, value]) => queryParameter(name, value)),
  });
}

/** True when nothing that follows this match can ever be reached. */
export function isCatchAll(match: RouteMatch): boolean {
  const { pathSpecifier: path, headers, queryParameters } = match;
  const anyPath =
    (path.case === "prefix" && path.value === "/") ||
    (path.case === "safeRegex" && path.value.regex === ".*");
  return anyPath && headers.length === 0 && queryParameters.length === 0;
}

function pathSpecifier(uri: StringMatch | undefined) {
  switch (uri?.kind) {
    case undefined:
      return { case: "prefix", value: "/" } as const;
    case "prefix":
      return { case: "prefix", value: uri.value } as const;
    case "exact":
      return { case: "path", value: uri.value } as const;
    case "regex":
      return { case: "safeRegex", value: { regex: uri.value } } as const;
  }
}

function namedHeaders(match: HttpMatch): HeaderMatcher[] {
  const present = [...match.headers].map(([name, value]) => headerMatcher(name, value));
  const absent = [...match.withoutHeaders].map(([name, value]) => {
    const matcher = headerMatcher(name, value);
    matcher.invertMatch = true;
    // A request without the header passes too, whatever the pattern says of an empty text.
    if (value !== undefined) matcher.treatMissingHeaderAsEmpty = true;
    return matcher;
  });
  return [...present, ...absent].sort((a, b) => compareText(a.name, b.name));
}

function pseudoHeaders({ method, authority, scheme }: HttpMatch): HeaderMatcher[] {
  const found = [];
  if (method !== undefined) found.push(headerMatcher(":method", method));
  if (authority !== undefined) found.push(headerMatcher(":authority", authority));
  if (scheme !== undefined) found.push(headerMatcher(":scheme", scheme));
  return found;
}

function headerMatcher(name: string, match: StringMatch | undefined): HeaderMatcher {
  return create(HeaderMatcherSchema, {
    name,
    headerMatchSpecifier:
      match === undefined
        ? { case: "presentMatch", value: true }
        : { case: "stringMatch", value: buildStringMatcher(match) },
  });
}

function queryParameter(name: string, match: StringMatch | undefined): QueryParameterMatcher {
  return create(QueryParameterMatcherSchema, {
    name,
    queryParameterMatchSpecifier:
      match === undefined
        ? { case: "presentMatch", value: true }
        : { case: "stringMatch", value: buildStringMatcher(match) },
  });
}
