import {
  RedirectAction_RedirectResponseCode as Code,
  type RedirectAction as RedirectActionMessage,
  type RouteMatch,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type { RequestHead } from "../../codec/codec.ts";
import { checkHeaderText } from "../header-text.ts";
import { knownEnum } from "../known-enum.ts";
import { withoutPort } from "../match/domain-index.ts";
import type { TlsRequirement } from "../route-table.ts";
import { compilePathRewrite, type PathRewrite, rewritePath } from "./rewrite.ts";

/** Answers with a Location. Empty strings and 0 leave that part as the request had it. */
export interface RedirectAction {
  readonly kind: "redirect";
  readonly status: number;
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly pathRewrite: PathRewrite | undefined;
  readonly stripQuery: boolean;
}

/** Throws `ConfigError`. */
export function compileRedirect(
  message: RedirectActionMessage,
  match: RouteMatch | undefined,
  field: string,
): RedirectAction {
  const { schemeRewriteSpecifier: scheme, pathRewriteSpecifier: path } = message;
  return {
    kind: "redirect",
    status: knownEnum(STATUS, message.responseCode, `${field}.response_code`),
    scheme:
      scheme.case === "schemeRedirect" ? scheme.value : scheme.case && scheme.value ? "https" : "",
    host: checkHeaderText(message.hostRedirect, `${field}.host_redirect`),
    port: message.portRedirect,
    path: path.case === "pathRedirect" ? checkHeaderText(path.value, `${field}.path_redirect`) : "",
    pathRewrite: compilePathRewrite(
      {
        prefixRewrite: path.case === "prefixRewrite" ? path.value : "",
        regexRewrite: path.case === "regexRewrite" ? path.value : undefined,
      },
      match,
      field,
    ),
    stripQuery: message.stripQuery,
  };
}

/** The absolute Location. A port that was the old scheme's default goes with that scheme, as in Envoy. */
export function redirectLocation(action: RedirectAction, request: RequestHead): string {
  const scheme = action.scheme || request.scheme || "http";
  const path = redirectPath(action, request.path);
  const slash = path.startsWith("/") ? "" : "/";
  return `${scheme}://${redirectAuthority(action, request, scheme)}${slash}${path}`;
}

/** Where a plain request goes that should have come by TLS; undefined when it may stay. */
export function tlsRedirectLocation(
  requirement: TlsRequirement,
  request: RequestHead,
): string | undefined {
  if (requirement === "none" || request.scheme === "https") return undefined;
  // The edge has removed the field from what came from outside.
  const isInternal = request.headers.get("x-envoy-internal") === "true";
  if (requirement === "external" && isInternal) return undefined;
  return `https://${request.authority}${request.path}`;
}

function redirectAuthority(action: RedirectAction, request: RequestHead, scheme: string): string {
  if (action.port !== 0) {
    return `${action.host || withoutPort(request.authority)}:${action.port}`;
  }
  if (action.host !== "") return action.host;
  // http://host:80 must not become https://host:80.
  const isOldDefault = request.authority.endsWith(request.scheme === "https" ? ":443" : ":80");
  return scheme !== request.scheme && isOldDefault
    ? withoutPort(request.authority)
    : request.authority;
}

function redirectPath(action: RedirectAction, requestPath: string): string {
  const queryAt = requestPath.indexOf("?");
  const query = queryAt === -1 || action.stripQuery ? "" : requestPath.slice(queryAt);
  if (action.path !== "") {
    // A query of its own replaces the request's.
    return action.path.includes("?") ? action.path : action.path + query;
  }
  const bare = queryAt === -1 ? requestPath : requestPath.slice(0, queryAt);
  const rewritten = action.pathRewrite === undefined ? bare : rewritePath(action.pathRewrite, bare);
  return rewritten + query;
}

const STATUS: Readonly<Record<Code, number>> = {
  [Code.MOVED_PERMANENTLY]: 301,
  [Code.FOUND]: 302,
  [Code.SEE_OTHER]: 303,
  [Code.TEMPORARY_REDIRECT]: 307,
  [Code.PERMANENT_REDIRECT]: 308,
};
