import type { Router } from "@weft/api/envoy/extensions/filters/http/router/v3/router_pb.js";
import { ConfigError } from "@weft/core";
import type { RequestHead, ResponseHead } from "../../codec/codec.ts";
import {
  CONTINUE,
  type FilterStream,
  type HeadersVerdict,
  type HttpFilter,
  type HttpFilterFactory,
} from "../../http/filter.ts";
import type { HeaderMap } from "../../http/header-map.ts";
import type { HttpDeps } from "../../http/http-deps.ts";
import type { LocalReply } from "../../http/local-reply.ts";
import { redirectLocation, tlsRedirectLocation } from "../../route/action/redirect.ts";
import { applyHeaderMutations } from "../../route/mutation/header-mutations.ts";
import type { ForwardAction, RouteDecision } from "../../route/route-table.ts";
import { ConnectTunnel } from "./connect-tunnel.ts";
import { Forwarding, type UpstreamWork } from "./forwarding.ts";
import { startMirrors } from "./mirror.ts";

/** The last filter: decides nothing itself, carries out what the route says. */
export function createRouterFactory(config: Router, deps: HttpDeps): HttpFilterFactory {
  if (config.upstreamLog.length > 0) throw new ConfigError("upstream_log", "is not supported");
  if (config.upstreamHttpFilters.length > 0) {
    throw new ConfigError("upstream_http_filters", "is not supported");
  }
  if (config.strictCheckHeaders.length > 0) {
    throw new ConfigError("strict_check_headers", "is not supported");
  }
  const options: RouterOptions = { addsEnvoyHeaders: !config.suppressEnvoyHeaders };
  return (stream) => new RouterFilter(stream, deps, options);
}

/** The router's own configuration. */
export interface RouterOptions {
  /** x-envoy-upstream-service-time, x-envoy-original-path and their like. */
  readonly addsEnvoyHeaders: boolean;
}

class RouterFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #deps: HttpDeps;
  readonly #options: RouterOptions;
  #work: UpstreamWork | undefined;
  #mirrors: readonly UpstreamWork[] = [];

  constructor(stream: FilterStream, deps: HttpDeps, options: RouterOptions) {
    this.#stream = stream;
    this.#deps = deps;
    this.#options = options;
  }

  onRequestHeaders(request: RequestHead, endStream: boolean): HeadersVerdict {
    const { info } = this.#stream;
    const decision = info.route;
    if (decision === undefined) return NO_ROUTE;
    const { action, virtualHost } = decision.route;
    const tlsLocation = tlsRedirectLocation(virtualHost.tlsRequirement, request);
    if (tlsLocation !== undefined) {
      return reply({ ...REDIRECT, status: 301, location: tlsLocation });
    }
    switch (action.kind) {
      case "redirect": {
        const location = redirectLocation(action, request);
        return this.#routeReply(decision, reply({ ...REDIRECT, status: action.status, location }));
      }
      case "direct-response":
        return this.#routeReply(decision, {
          kind: "local-reply",
          reply: { status: action.status, body: action.body, detail: "direct_response" },
        });
      case "non-forwarding":
        return NO_ROUTE;
      case "forward":
        return this.#forward(decision, action, request, endStream);
    }
  }

  onRequestData(chunk: Buffer, endStream: boolean): void {
    this.#work?.sendData(chunk, endStream);
    for (const mirror of this.#mirrors) mirror.sendData(chunk, endStream);
  }

  onRequestTrailers(trailers: HeaderMap): void {
    this.#work?.sendTrailers(trailers);
    for (const mirror of this.#mirrors) mirror.sendTrailers(trailers);
  }

  onResponseHeaders(head: ResponseHead): void {
    // Replies of the route's own get its response mutations as a forwarded response does.
    const { info } = this.#stream;
    if (this.#isRouteReply && info.route !== undefined) {
      applyHeaderMutations(info.route.responseMutations, head.headers, info);
    }
  }

  onResponseWritable(): void {
    this.#work?.onResponseWritable();
  }

  onRequestTimeout(): void {
    this.#work?.onRouteTimeout();
  }

  onReset(): void {
    this.#work?.cancel();
    for (const mirror of this.#mirrors) mirror.cancel();
  }

  onStreamClosed(): void {
    this.#work?.cancel();
  }

  #isRouteReply = false;

  #routeReply(decision: RouteDecision, verdict: HeadersVerdict): HeadersVerdict {
    this.#isRouteReply = decision.responseMutations.length > 0;
    return verdict;
  }

  #forward(
    decision: RouteDecision,
    action: ForwardAction,
    request: RequestHead,
    endStream: boolean,
  ): HeadersVerdict {
    const cluster = this.#deps.clusters.cluster(decision.cluster);
    if (cluster === undefined) {
      return {
        kind: "local-reply",
        reply: { status: action.clusterNotFoundStatus, detail: "cluster_not_found", flag: "NC" },
      };
    }
    if (request.method === "CONNECT" && action.terminatesConnect) {
      this.#work = new ConnectTunnel(this.#stream, cluster);
      return CONTINUE;
    }
    const forwarding = new Forwarding(
      this.#stream,
      { cluster, action, decision, request, options: this.#options },
      this.#deps,
    );
    this.#work = forwarding;
    forwarding.prepareHead();
    if (action.mirrors.length > 0) {
      this.#mirrors = startMirrors(action.mirrors, request, endStream, this.#deps);
    }
    forwarding.start(endStream);
    return CONTINUE;
  }
}

const NO_ROUTE: HeadersVerdict = {
  kind: "local-reply",
  reply: { status: 404, detail: "route_not_found", flag: "NR" },
};

const REDIRECT = { detail: "direct_response" } as const;

function reply(redirect: {
  readonly status: number;
  readonly location: string;
  readonly detail: string;
}): HeadersVerdict {
  const { status, location, detail } = redirect;
  const local: LocalReply = { status, headers: ["location", location], detail };
  return { kind: "local-reply", reply: local };
}
