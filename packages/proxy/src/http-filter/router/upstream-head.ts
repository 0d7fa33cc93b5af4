import type { RequestHead } from "../../codec/codec.ts";
import { routeTimeoutMs } from "../../http/stream/stream-deadlines.ts";
import type { StreamInfo } from "../../http/stream-info.ts";
import { rewriteHost, rewritePath } from "../../route/action/rewrite.ts";
import { applyHeaderMutations } from "../../route/mutation/header-mutations.ts";
import type { ForwardAction, RouteDecision } from "../../route/route-table.ts";

/**
 * Turns the request's head, in place, into the one that goes upstream: header mutations first, then
 * rewrites, in Envoy's order.
 */
export function prepareUpstreamHead(
  request: RequestHead,
  info: StreamInfo,
  decision: RouteDecision,
  action: ForwardAction,
  addsEnvoyHeaders: boolean,
): void {
  const { headers } = request;
  if (addsEnvoyHeaders) {
    const timeoutMs = routeTimeoutMs(info);
    if (timeoutMs > 0) headers.set("x-envoy-expected-rq-timeout-ms", String(Math.ceil(timeoutMs)));
  }
  applyHeaderMutations(decision.requestMutations, headers, info);
  if (decision.hostRewrite !== undefined) {
    const host = rewriteHost(decision.hostRewrite, request);
    if (host !== undefined && host !== request.authority) {
      if (action.appendXForwardedHost) appendForwardedHost(request);
      if (addsEnvoyHeaders) headers.set("x-envoy-original-host", request.authority);
      request.authority = host;
    }
  }
  if (action.pathRewrite !== undefined) {
    const path = rewritePath(action.pathRewrite, request.path);
    if (path !== request.path) {
      if (addsEnvoyHeaders) headers.set("x-envoy-original-path", request.path);
      request.path = path;
    }
  }
}

function appendForwardedHost(request: RequestHead): void {
  const before = request.headers.joined("x-forwarded-host");
  request.headers.set(
    "x-forwarded-host",
    before === undefined ? request.authority : `${before},${request.authority}`,
  );
}
