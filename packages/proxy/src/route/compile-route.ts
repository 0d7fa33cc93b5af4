import type {
  DirectResponseAction,
  RetryPolicy as RetryPolicyMessage,
  RouteMatch as RouteMatchMessage,
  Route as RouteMessage,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { ConfigError } from "@weft/core";
import { compileRouteFilterConfigs } from "../http-filter/route-filter-config.ts";
import { compileForwardAction } from "./action/forward-action.ts";
import type { MirrorPolicy } from "./action/mirror-policy.ts";
import { compileRedirect } from "./action/redirect.ts";
import { compileRuntimeFraction } from "./match/fraction.ts";
import { compileHeaderMatcher } from "./match/header-matcher.ts";
import { compilePathMatcher } from "./match/path-matcher.ts";
import { compileQueryMatcher } from "./match/query-matcher.ts";
import { compileHeaderMutations, type HeaderMutations } from "./mutation/header-mutations.ts";
import type { Route, RouteAction, RouteMatch, VirtualHost } from "./route-table.ts";

/** What a route inherits from its virtual host and table, compiled once for all routes. */
export interface RouteContext {
  readonly virtualHost: VirtualHost;
  readonly filterConfigs: ReadonlyMap<string, unknown>;
  /** Virtual host first, then table. */
  readonly requestMutations: readonly HeaderMutations[];
  readonly responseMutations: readonly HeaderMutations[];
  readonly mirrors: readonly MirrorPolicy[];
  readonly retryPolicy: RetryPolicyMessage | undefined;
  readonly retryBufferBytes: number | undefined;
  /** `most_specific_header_mutations_wins`: the table first, the route last. */
  readonly mostSpecificLast: boolean;
  readonly maxDirectResponseBodyBytes: number;
}

/** Throws `ConfigError`. */
export function compileRoute(message: RouteMessage, context: RouteContext, field: string): Route {
  const order = (levels: readonly HeaderMutations[]) =>
    (context.mostSpecificLast ? levels.toReversed() : levels).flat();
  return {
    name: message.name,
    virtualHost: context.virtualHost,
    match: compileMatch(message.match, `${field}.match`),
    action: compileAction(message, context, field),
    requestMutations: order([
      compileHeaderMutations(
        message.requestHeadersToAdd,
        message.requestHeadersToRemove,
        `${field}.request_headers`,
      ),
      ...context.requestMutations,
    ]),
    responseMutations: order([
      compileHeaderMutations(
        message.responseHeadersToAdd,
        message.responseHeadersToRemove,
        `${field}.response_headers`,
      ),
      ...context.responseMutations,
    ]),
    filterConfigs: new Map([
      ...context.filterConfigs,
      ...compileRouteFilterConfigs(message.typedPerFilterConfig, field),
    ]),
    metadata: message.metadata?.filterMetadata ?? {},
  };
}

function compileMatch(message: RouteMatchMessage | undefined, field: string): RouteMatch {
  if (message === undefined) throw new ConfigError(field, "is required");
  if (message.tlsContext !== undefined || message.dynamicMetadata.length > 0) {
    throw new ConfigError(field, "tls_context and dynamic_metadata are not supported");
  }
  return {
    path: compilePathMatcher(message, field),
    headers: message.headers.map((matcher, index) =>
      compileHeaderMatcher(matcher, `${field}.headers[${index}]`),
    ),
    query: message.queryParameters.map((matcher, index) =>
      compileQueryMatcher(matcher, `${field}.query_parameters[${index}]`),
    ),
    isGrpcOnly: message.grpc !== undefined,
    fraction: compileRuntimeFraction(message.runtimeFraction),
  };
}

function compileAction(message: RouteMessage, context: RouteContext, field: string): RouteAction {
  const { action } = message;
  switch (action.case) {
    case "route": {
      const forward = compileForwardAction(
        action.value,
        {
          match: message.match,
          inheritedRetryPolicy: context.retryPolicy,
          retryBufferBytes: message.perRequestBufferLimitBytes ?? context.retryBufferBytes,
        },
        `${field}.route`,
      );
      return forward.mirrors.length > 0 ? forward : { ...forward, mirrors: context.mirrors };
    }
    case "redirect":
      return compileRedirect(action.value, message.match, `${field}.redirect`);
    case "directResponse":
      return compileDirectResponse(action.value, context, `${field}.direct_response`);
    case "nonForwardingAction":
      return { kind: "non-forwarding" };
    default:
      throw new ConfigError(field, "needs one of route, redirect, direct_response");
  }
}

function compileDirectResponse(
  message: DirectResponseAction,
  context: RouteContext,
  field: string,
): RouteAction {
  if (message.status < 200 || message.status > 599) {
    throw new ConfigError(`${field}.status`, `${message.status} is not within 200 to 599`);
  }
  const source = message.body?.specifier;
  let body = "";
  if (source?.case === "inlineString") body = source.value;
  else if (source?.case === "inlineBytes") body = Buffer.from(source.value).toString();
  else if (source?.case !== undefined) {
    throw new ConfigError(`${field}.body`, "only inline bodies are supported");
  }
  if (Buffer.byteLength(body) > context.maxDirectResponseBodyBytes) {
    throw new ConfigError(`${field}.body`, `is above ${context.maxDirectResponseBodyBytes} bytes`);
  }
  return { kind: "direct-response", status: message.status, body };
}
