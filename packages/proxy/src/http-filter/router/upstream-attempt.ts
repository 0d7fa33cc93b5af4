import type { Clock, Timer } from "@weft/core";
import type {
  Cluster,
  Host,
  LoadBalancingContext,
  PendingStream,
  PoolFailure,
  StreamOpener,
  UpstreamInfo,
} from "../../cluster/cluster.ts";
import type { ClientStream, RequestHead, ResetReason, ResponseHead } from "../../codec/codec.ts";
import type { HeaderMap } from "../../http/header-map.ts";

/** Who is told how a try goes. After a failure or a head that is retried, `abandon` follows. */
export interface AttemptOwner {
  onAttemptReady(attempt: UpstreamAttempt, host: Host, upstream: UpstreamInfo): void;
  onAttemptPoolFailure(attempt: UpstreamAttempt, failure: PoolFailure): void;
  onAttemptInformational(head: ResponseHead): void;
  onAttemptHead(attempt: UpstreamAttempt, head: ResponseHead, endStream: boolean): void;
  onAttemptData(chunk: Buffer, endStream: boolean): void;
  onAttemptTrailers(trailers: HeaderMap): void;
  onAttemptReset(attempt: UpstreamAttempt, reason: ResetReason, detail: string): void;
  onAttemptTimeout(attempt: UpstreamAttempt): void;
  onAttemptWritable(): void;
  /** One of the above threw. */
  onAttemptThrew(thrown: unknown): void;
}

/**
 * One try of a request at one host.
 *
 * waiting (no connection yet) → sending → response begun → over. Left at any time by `abandon`, after
 * which the owner hears nothing more of it.
 */
export class UpstreamAttempt implements StreamOpener {
  readonly #owner: AttemptOwner;
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  #pending: PendingStream | undefined;
  #stream: ClientStream | undefined;
  #timer: Timer | undefined;
  #isOver = false;
  /** The head was the whole request: an empty chunk that ended it must not end it again. */
  #isHeadOnly = false;
  /** Set when the pool answered; undefined after a failure to connect. */
  host: Host | undefined;
  /** Something of the response has been seen. */
  hasResponse = false;

  constructor(owner: AttemptOwner, cluster: Cluster, clock: Clock) {
    this.#owner = owner;
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** True once the request's head went out. */
  get isReady(): boolean {
    return this.#stream !== undefined;
  }

  open(head: RequestHead, endStream: boolean, context: LoadBalancingContext): void {
    this.#isHeadOnly = endStream;
    try {
      const pending = this.#cluster.openStream(head, endStream, context, this);
      // The pool may have answered before it returned; then there is nothing to cancel.
      if (!this.isReady && !this.#isOver) this.#pending = pending;
    } catch (thrown) {
      this.#owner.onAttemptThrew(thrown);
    }
  }

  /** The per-try timeout; 0 is none. */
  armTimeout(timeoutMs: number): void {
    if (timeoutMs <= 0 || this.#isOver || this.#timer !== undefined) return;
    this.#timer = this.#clock.schedule(timeoutMs, this.#onTimeout);
  }

  sendData(chunk: Buffer, endStream: boolean): boolean {
    if (this.#isHeadOnly) return true;
    return this.#stream?.sendData(chunk, endStream) ?? true;
  }

  sendTrailers(trailers: HeaderMap): void {
    this.#stream?.sendTrailers(trailers);
  }

  pauseReading(): void {
    this.#stream?.pauseReading();
  }

  resumeReading(): void {
    this.#stream?.resumeReading();
  }

  /** Ends it without a word to the owner; the upstream's stream is reset unless it was complete. */
  abandon(): void {
    if (this.#isOver) return;
    this.#end();
    this.#pending?.cancel();
    this.#stream?.reset();
  }

  onPoolReady(stream: ClientStream, host: Host, upstream: UpstreamInfo): void {
    if (this.#isOver) {
      stream.reset();
      return;
    }
    this.#pending = undefined;
    this.#stream = stream;
    this.host = host;
    try {
      this.#owner.onAttemptReady(this, host, upstream);
    } catch (thrown) {
      this.#owner.onAttemptThrew(thrown);
    }
  }

  onPoolFailure(failure: PoolFailure): void {
    if (this.#isOver) return;
    this.#end();
    try {
      this.#owner.onAttemptPoolFailure(this, failure);
    } catch (thrown) {
      this.#owner.onAttemptThrew(thrown);
    }
  }

  onInformational(head: ResponseHead): void {
    if (!this.#isOver) this.#owner.onAttemptInformational(head);
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    if (this.#isOver) return;
    this.hasResponse = true;
    this.#timer?.cancel();
    if (endStream) this.#isOver = true;
    try {
      this.#owner.onAttemptHead(this, head, endStream);
    } catch (thrown) {
      this.#owner.onAttemptThrew(thrown);
    }
  }

  onData(chunk: Buffer, endStream: boolean): void {
    if (this.#isOver) return;
    if (endStream) this.#isOver = true;
    this.#owner.onAttemptData(chunk, endStream);
  }

  onTrailers(trailers: HeaderMap): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.onAttemptTrailers(trailers);
  }

  onReset(reason: ResetReason, detail: string): void {
    if (this.#isOver) return;
    this.#end();
    try {
      this.#owner.onAttemptReset(this, reason, detail);
    } catch (thrown) {
      this.#owner.onAttemptThrew(thrown);
    }
  }

  onWritable(): void {
    if (!this.#isOver) this.#owner.onAttemptWritable();
  }

  #end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  readonly #onTimeout = (): void => {
    if (this.#isOver) return;
    try {
      this.#owner.onAttemptTimeout(this);
    } catch (thrown) {
      this.#owner.onAttemptThrew(thrown);
    }
  };
}
