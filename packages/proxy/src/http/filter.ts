/**
 * The contract between a stream and its HTTP filters.
 *
 * Request hooks run first filter to last, response hooks last to first. For each direction:
 * headers once, then data zero or more times, then trailers at most once; `endStream` (or trailers)
 * is the last. A hook that is absent costs nothing. The last filter of a chain is the router: it
 * never passes the request on and is the one that starts the response.
 *
 * Vocabulary: `onRequest*` is Envoy's `decode*`, `onResponse*` is Envoy's `encode*`.
 */
import type { RequestHead, ResponseHead } from "../codec/codec.ts";
import type { HeaderMap } from "./header-map.ts";
import type { LocalReply } from "./local-reply.ts";
import type { StreamInfo } from "./stream-info.ts";

/** What the stream does once a request headers hook has returned. */
export type HeadersVerdict =
  /** Goes on with the next filter. */
  | { readonly kind: "continue" }
  /** Holds headers and what follows until the filter calls `continueRequest` or replies. */
  | { readonly kind: "stop" }
  /** Answers; no later filter sees the request. */
  | { readonly kind: "local-reply"; readonly reply: LocalReply };

/** Shared, so that the common cases allocate nothing. */
export const CONTINUE: HeadersVerdict = { kind: "continue" };
/** Shared; see `HeadersVerdict`. */
export const STOP: HeadersVerdict = { kind: "stop" };

/**
 * One instance per stream (or one for all when it keeps no state). Hooks must not throw: whoever does has
 * a bug, which ends this stream with a 500 and nothing else.
 */
export interface HttpFilter {
  onRequestHeaders?(request: RequestHead, endStream: boolean): HeadersVerdict;
  onRequestData?(chunk: Buffer, endStream: boolean): void;
  onRequestTrailers?(trailers: HeaderMap): void;
  onResponseHeaders?(response: ResponseHead, endStream: boolean): void;
  onResponseData?(chunk: Buffer, endStream: boolean): void;
  onResponseTrailers?(trailers: HeaderMap): void;
  /** The downstream's buffer has room again after `sendResponseData` answered false. */
  onResponseWritable?(): void;
  /** The route's timeout passed before the response began; a 504 follows. */
  onRequestTimeout?(): void;
  /** The client went away or the response was cut: stop all work. `onStreamClosed` follows. */
  onReset?(): void;
  /** Called exactly once, however the stream ends, with `info` complete. Release everything. */
  onStreamClosed?(): void;
}

/** What a filter may do with its stream. */
export interface FilterStream {
  readonly info: StreamInfo;
  /** The request's own config of this filter, most specific level; undefined when there is none. */
  routeFilterConfig(filterName: string): unknown;
  /** Ends a "stop". */
  continueRequest(): void;
  /** Before the response has started; afterwards it cuts the response instead. */
  sendLocalReply(reply: LocalReply): void;

  /** A bug showed outside of a hook: answers 500 or cuts the response, and says so in the log. */
  fail(thrown: unknown): void;

  /** The rest is the terminal filter's. */
  sendInformational(head: ResponseHead): void;
  sendResponseHeaders(head: ResponseHead, endStream: boolean): void;
  /** False: wait for `onResponseWritable` before sending more. */
  sendResponseData(chunk: Buffer, endStream: boolean): boolean;
  sendResponseTrailers(trailers: HeaderMap): void;
  /** Cuts a response that has started, so that the client sees it is not whole. */
  resetResponse(): void;
  pauseRequest(): void;
  resumeRequest(): void;
}

/** Compiled from one filter's config; makes the instance for one stream. */
export type HttpFilterFactory = (stream: FilterStream) => HttpFilter;
