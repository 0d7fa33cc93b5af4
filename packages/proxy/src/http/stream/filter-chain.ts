import type { RequestHead, ResponseHead } from "../../codec/codec.ts";
import { isFilterSwitch } from "../../http-filter/route-filter-config.ts";
import type { RouteDecision } from "../../route/route-table.ts";
import type { FilterStream, HttpFilter, HttpFilterFactory } from "../filter.ts";
import type { HeaderMap } from "../header-map.ts";
import type { LocalReply } from "../local-reply.ts";

/** One filter of a connection manager, compiled. */
export interface ConfiguredFilter {
  readonly name: string;
  readonly create: HttpFilterFactory;
  /** Off unless a route switches it on. */
  readonly isDisabled: boolean;
}

/** Where a run of request headers came to. */
export type ChainVerdict =
  | { readonly kind: "continue" }
  | { readonly kind: "stop"; readonly at: number }
  | { readonly kind: "local-reply"; readonly reply: LocalReply };

const CONTINUED: ChainVerdict = { kind: "continue" };

/** The filters of one stream in their order; calls the hooks that are there. */
export class FilterChain {
  readonly #filters: HttpFilter[] = [];
  #isClosed = false;

  /** Makes the instances, without those that the route has switched off. */
  build(
    configured: readonly ConfiguredFilter[],
    stream: FilterStream,
    route: RouteDecision | undefined,
  ): void {
    for (const { name, create, isDisabled } of configured) {
      if (isSwitchedOff(route?.filterConfigs.get(name), isDisabled)) continue;
      this.#filters.push(create(stream));
    }
  }

  requestHeaders(from: number, request: RequestHead, endStream: boolean): ChainVerdict {
    for (let at = from; at < this.#filters.length; at += 1) {
      const verdict = this.#filters[at]?.onRequestHeaders?.(request, endStream);
      if (verdict === undefined || verdict.kind === "continue") {
        if (this.#isClosed) break;
        continue;
      }
      return verdict.kind === "stop" ? { kind: "stop", at } : verdict;
    }
    return CONTINUED;
  }

  requestData(chunk: Buffer, endStream: boolean): void {
    for (const filter of this.#filters) filter.onRequestData?.(chunk, endStream);
  }

  requestTrailers(trailers: HeaderMap): void {
    for (const filter of this.#filters) filter.onRequestTrailers?.(trailers);
  }

  requestTimeout(): void {
    for (const filter of this.#filters) filter.onRequestTimeout?.();
  }

  responseHeaders(head: ResponseHead, endStream: boolean): void {
    for (let at = this.#filters.length - 1; at >= 0; at -= 1)
      this.#filters[at]?.onResponseHeaders?.(head, endStream);
  }

  responseData(chunk: Buffer, endStream: boolean): void {
    for (let at = this.#filters.length - 1; at >= 0; at -= 1)
      this.#filters[at]?.onResponseData?.(chunk, endStream);
  }

  responseTrailers(trailers: HeaderMap): void {
    for (let at = this.#filters.length - 1; at >= 0; at -= 1)
      this.#filters[at]?.onResponseTrailers?.(trailers);
  }

  responseWritable(): void {
    for (const filter of this.#filters) filter.onResponseWritable?.();
  }

  reset(): void {
    for (const filter of this.#filters) filter.onReset?.();
  }

  streamClosed(): void {
    this.#isClosed = true;
    for (const filter of this.#filters) filter.onStreamClosed?.();
  }
}

/** As in Envoy, whoever configures a filter for a route wants it there, also where it is off by default. */
function isSwitchedOff(config: unknown, isOffByDefault: boolean): boolean {
  if (config === undefined) return isOffByDefault;
  return isFilterSwitch(config) && config.isDisabled;
}
