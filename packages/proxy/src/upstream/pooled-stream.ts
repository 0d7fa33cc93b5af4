import type { PendingStream, PoolFailure, StreamOpener, UpstreamInfo } from "../cluster/cluster.ts";
import type { UpstreamHost } from "../cluster/upstream-host.ts";
import type {
  ClientCodec,
  ClientStream,
  RequestHead,
  ResetReason,
  ResponseHead,
  ResponseReceiver,
} from "../codec/codec.ts";
import type { HeaderMap } from "../http/header-map.ts";

/** Methods that do no more harm when repeated. RFC 9110 §9.2.2. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/**
 * One request in a pool, from asking to its last event. It stands between codec and opener so that
 * nothing reaches an opener that took its request back.
 *
 *   waiting ──attach──► open ──(end, reset)──► done
 *      └──fail, cancel──────────cancel──────────┘
 */
export class PooledStream implements ResponseReceiver, PendingStream {
  readonly #request: RequestHead;
  readonly #endStream: boolean;
  readonly #onCancelledWhileWaiting: (stream: PooledStream) => void;
  #opener: StreamOpener | undefined;
  #stream: ClientStream | undefined;
  #isConnectionReused = false;
  #hasResponse = false;

  constructor(
    request: RequestHead,
    endStream: boolean,
    opener: StreamOpener,
    onCancelledWhileWaiting: (stream: PooledStream) => void,
  ) {
    this.#request = request;
    this.#endStream = endStream;
    this.#opener = opener;
    this.#onCancelledWhileWaiting = onCancelledWhileWaiting;
  }

  /** Sends the head on `codec`. */
  attach(codec: ClientCodec, isReused: boolean, host: UpstreamHost, upstream: UpstreamInfo): void {
    this.#isConnectionReused = isReused;
    const stream = codec.openStream(this.#request, this.#endStream, this);
    this.#stream = stream;
    this.#opener?.onPoolReady(stream, host, upstream);
  }

  fail(failure: PoolFailure): void {
    const opener = this.#opener;
    this.#opener = undefined;
    opener?.onPoolFailure(failure);
  }

  cancel(): void {
    if (this.#opener === undefined) return;
    this.#opener = undefined;
    if (this.#stream === undefined) this.#onCancelledWhileWaiting(this);
    else this.#stream.reset();
  }

  onInformational(head: ResponseHead): void {
    this.#hasResponse = true;
    this.#opener?.onInformational(head);
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    this.#hasResponse = true;
    this.#opener?.onHead(head, endStream);
  }

  onData(chunk: Buffer, endStream: boolean): void {
    this.#opener?.onData(chunk, endStream);
  }

  onTrailers(trailers: HeaderMap): void {
    this.#opener?.onTrailers(trailers);
  }

  onWritable(): void {
    this.#opener?.onWritable();
  }

  onReset(reason: ResetReason, detail: string): void {
    // An idle connection that the peer closed while the request was on its way says nothing about
    // the peer's health; where a repetition is harmless, retry policies may treat it as refused.
    const isStale =
      reason === "connection-closed" &&
      this.#isConnectionReused &&
      !this.#hasResponse &&
      IDEMPOTENT.has(this.#request.method);
    this.#opener?.onReset(
      isStale ? "refused-stream" : reason,
      isStale ? "stale_connection" : detail,
    );
  }
}
