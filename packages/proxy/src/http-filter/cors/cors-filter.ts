import type { Random } from "@weft/core";
import type { RequestHead, ResponseHead } from "../../codec/codec.ts";
import {
  CONTINUE,
  type HeadersVerdict,
  type HttpFilter,
  type HttpFilterFactory,
} from "../../http/filter.ts";
import { drawFraction } from "../../route/match/fraction.ts";
import type { CorsPolicy } from "./cors-policy.ts";

/** Answers preflights and marks responses by the route's policy; routes without one pass. */
export function createCorsFactory(filterName: string, random: Random): HttpFilterFactory {
  return (stream) => {
    const policy = stream.routeFilterConfig(filterName) as CorsPolicy | undefined;
    if (policy === undefined) return NOTHING_TO_DO;
    if (policy.enabled !== undefined && !drawFraction(policy.enabled, random)) return NOTHING_TO_DO;
    return new CorsFilter(policy);
  };
}

const NOTHING_TO_DO: HttpFilter = {};

class CorsFilter implements HttpFilter {
  readonly #policy: CorsPolicy;
  /** Set when the request's origin is allowed. */
  #origin: string | undefined;
  #isPreflight = false;

  constructor(policy: CorsPolicy) {
    this.#policy = policy;
  }

  onRequestHeaders(request: RequestHead): HeadersVerdict {
    const { headers } = request;
    const origin = headers.get("origin");
    if (origin === undefined || origin === "") return CONTINUE;
    const isAllowed = this.#policy.origins.some(
      // As in Envoy, a rule that allows "*" by name allows everybody.
      (matcher) => matcher.matches("*") || matcher.matches(origin),
    );
    const isPreflight =
      request.method === "OPTIONS" && (headers.get("access-control-request-method") ?? "") !== "";
    if (isAllowed) this.#origin = origin;
    if (!isPreflight) return CONTINUE;
    if (!isAllowed && this.#policy.forwardsOtherPreflights) return CONTINUE;
    this.#isPreflight = isAllowed;
    return {
      kind: "local-reply",
      reply: { status: 200, headers: this.#preflightHeaders(request), detail: "cors_response" },
    };
  }

  onResponseHeaders(response: ResponseHead): void {
    if (this.#origin === undefined || this.#isPreflight) return;
    const { headers } = response;
    headers.set("access-control-allow-origin", this.#origin);
    if (this.#policy.allowCredentials) headers.set("access-control-allow-credentials", "true");
    if (this.#policy.exposeHeaders !== "") {
      headers.set("access-control-expose-headers", this.#policy.exposeHeaders);
    }
  }

  #preflightHeaders(request: RequestHead): string[] {
    const policy = this.#policy;
    if (this.#origin === undefined) return [];
    const flat = ["access-control-allow-origin", this.#origin];
    if (policy.allowCredentials) flat.push("access-control-allow-credentials", "true");
    if (policy.allowMethods !== "") flat.push("access-control-allow-methods", policy.allowMethods);
    if (policy.allowHeaders !== "") flat.push("access-control-allow-headers", policy.allowHeaders);
    if (policy.maxAge !== "") flat.push("access-control-max-age", policy.maxAge);
    const asksPrivate = request.headers.get("access-control-request-private-network") === "true";
    if (asksPrivate && policy.allowPrivateNetwork) {
      flat.push("access-control-allow-private-network", "true");
    }
    return flat;
  }
}
