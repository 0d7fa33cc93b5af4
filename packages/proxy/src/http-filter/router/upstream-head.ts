import type { RequestHead } from "../../codec/codec.ts";
import type { StreamInfo } from "../../http/stream-info.ts";
import { RETRY_HEADERS } from "../../retry/retry-headers.ts";
import { rewriteHost, rewritePath } from "../../route/action/rewrite.ts";
import { applyHeaderMutations } from "../../route/mutation/header-mutations.ts";
import type { ForwardAction, RouteDecision } from "../../route/route-table.ts";

/**
 * Turns the request's head, in place, into the one that goes upstream: what was said to this proxy is
 * taken out, then header mutations, then rewrites, in Envoy's order.
 */
export function prepareUpstreamHead(
  request: RequestHead,
  info: StreamInfo,
  decision: RouteDecision,
  action: ForwardAction,
  addsEnvoyHeaders: boolean,
): void {
  const { headers } = request;
  for (const name of CONSUMED) if (headers.has(name)) headers.remove(name);
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

/** Left in, the next proxy would retry each of our tries, and time them as if each were the whole. */
const CONSUMED = [...RETRY_HEADERS, "x-envoy-upstream-rq-timeout-ms"];

function appendForwardedHost(request: RequestHead): void {
  const before = request.headers.joined("x-forwarded-host");
  request.headers.set(
    "x-forwarded-host",
    before === undefined ? request.authority : `${before},${request.authority}`,
  );
}
