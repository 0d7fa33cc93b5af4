import { create } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import {
  DecoratorSchema,
  type DirectResponseAction,
  DirectResponseActionSchema,
  type Route,
  RouteSchema,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type {
  DirectResponse,
  HttpMatch,
  HttpRoute,
  VirtualService,
} from "../../../model/virtual-service.ts";
import { configPath, originMetadata } from "../../origin.ts";
import { buildCors } from "./cors.ts";
import { type DestinationContext, destinationPort } from "./destination-cluster.ts";
import { buildFault } from "./fault.ts";
import { buildHeaderFields, type HeaderFields } from "./header-operations.ts";
import { buildRedirect } from "./redirect.ts";
import { buildRouteAction } from "./route-action.ts";
import { buildRouteMatch, matchAll } from "./route-match.ts";

/** One rule of a VirtualService, with what surrounds it. */
export interface RuleContext extends DestinationContext {
  readonly virtualService: VirtualService;
}

/** One alternative of a rule; `match` is `undefined` where the rule has none. */
export function buildHttpRoute(
  rule: HttpRoute,
  match: HttpMatch | undefined,
  context: RuleContext,
): Route {
  const { virtualService } = context;
  const action = routeAction(rule, context);
  return create(RouteSchema, {
    name: match === undefined || match.name === "" ? rule.name : `${rule.name}.${match.name}`,
    match: match === undefined ? matchAll() : buildRouteMatch(match),
    action,
    metadata: originMetadata(rule.origin, { config: configPath(virtualService.origin) }),
    decorator: create(DecoratorSchema, { operation: operationName(rule, match, context) }),
    ...headerFields(rule),
    typedPerFilterConfig: perFilterConfig(rule),
  });
}

function routeAction(rule: HttpRoute, context: RuleContext): Route["action"] {
  if (rule.redirect !== undefined) {
    const { port, isTls = false } = context;
    const scheme = isTls ? "https" : "http";
    return { case: "redirect", value: buildRedirect(rule.redirect, port, scheme) };
  }
  if (rule.directResponse !== undefined) {
    return { case: "directResponse", value: directResponse(rule.directResponse) };
  }
  return { case: "route", value: buildRouteAction(rule, context) };
}

function directResponse({ status, body }: DirectResponse): DirectResponseAction {
  return create(DirectResponseActionSchema, {
    status,
    ...(body.length === 0 ? {} : { body: { specifier: bodySpecifier(body) } }),
  });
}

/** Text where it is text, so that people can read it in a dump. */
function bodySpecifier(body: Uint8Array) {
  try {
    const value = new TextDecoder("utf-8", { fatal: true }).decode(body);
    return { case: "inlineString", value } as const;
  } catch {
    return { case: "inlineBytes", value: body } as const;
  }
}

/** A lone destination's own headers join the rule's; several keep theirs at their weight. */
function headerFields(rule: HttpRoute): HeaderFields {
  const [only, ...others] = rule.route;
  return only === undefined || others.length > 0
    ? buildHeaderFields(rule.headers)
    : buildHeaderFields(rule.headers, only.headers);
}

function perFilterConfig(rule: HttpRoute): { [name: string]: Any } {
  const config: { [name: string]: Any } = {};
  if (rule.fault !== undefined) config["envoy.filters.http.fault"] = buildFault(rule.fault);
  if (rule.cors !== undefined) config["envoy.filters.http.cors"] = buildCors(rule.cors);
  return config;
}

/** As istiod names a span: by the one destination, or by the VirtualService where there are several. */
function operationName(
  { route: [first, ...others] }: HttpRoute,
  match: HttpMatch | undefined,
  context: RuleContext,
): string {
  const only = others.length === 0 ? first?.destination : undefined;
  const uri = match?.uri;
  const path = uri === undefined ? "/*" : `${uri.value}${uri.kind === "prefix" ? "*" : ""}`;
  return only === undefined
    ? `${context.virtualService.name}:${context.port}${path}`
    : `${only.host}:${destinationPort(only, context)}${path}`;
}
