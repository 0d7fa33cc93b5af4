import type { HeaderMap } from "../../http/header-map.ts";
import type { UpstreamAttempt } from "./upstream-attempt.ts";

/**
 * The request's body on its way through the router.
 *
 *   downstream ─► [kept chunks] ─► attempt
 *
 * Chunks are kept while no connection is there yet, and for as long as a retry may need them. Above
 * the limit they are let go: what has been sent stays sent, but there will be no retry.
 */
export class RequestBody {
  readonly #limitBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #trailers: HeaderMap | undefined;
  #hasEnded = false;
  #isKept: boolean;
  #wasLetGo = false;

  constructor(options: { readonly limitBytes: number; readonly isKeptForRetry: boolean }) {
    this.#limitBytes = options.limitBytes;
    this.#isKept = options.isKeptForRetry;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** True when every byte is still here, so that the request can be sent again. */
  get isComplete(): boolean {
    return this.#isKept && !this.#wasLetGo;
  }

  /** True when nothing but the head has to be sent. */
  get isEmpty(): boolean {
    return this.#hasEnded && this.#bytes === 0 && this.#trailers === undefined;
  }

  endWithoutBody(): void {
    this.#hasEnded = true;
  }

  /** Hands the chunk to `attempt`, if it is ready, and keeps it if need be. False: wait. */
  add(chunk: Buffer, endStream: boolean, attempt: UpstreamAttempt | undefined): boolean {
    this.#hasEnded = endStream;
    const isReady = attempt?.isReady === true;
    if (!isReady || this.#isKept) {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#isKept && this.#bytes > this.#limitBytes) this.#letGo(isReady);
    }
    if (isReady) return attempt.sendData(chunk, endStream);
    return this.#bytes < this.#limitBytes;
  }

  addTrailers(trailers: HeaderMap, attempt: UpstreamAttempt | undefined): void {
    this.#trailers = trailers;
    this.#hasEnded = true;
    if (attempt?.isReady === true) attempt.sendTrailers(trailers);
  }

  /** Sends everything that is here; the attempt has just become ready. False: wait. */
  sendTo(attempt: UpstreamAttempt): boolean {
    let admitsMore = true;
    for (const [index, chunk] of this.#chunks.entries()) {
      const isLast = index === this.#chunks.length - 1 && this.#trailers === undefined;
      admitsMore = attempt.sendData(chunk, isLast && this.#hasEnded);
    }
    if (this.#trailers !== undefined) attempt.sendTrailers(this.#trailers);
    if (!this.#isKept) this.#drop();
    return admitsMore;
  }

  /** The response has begun: nothing will be sent again. */
  stopKeeping(): void {
    this.#isKept = false;
    this.#drop();
  }

  #letGo(isSent: boolean): void {
    this.#isKept = false;
    this.#wasLetGo = true;
    if (isSent) this.#drop();
  }

  #drop(): void {
    this.#chunks = [];
    this.#bytes = 0;
  }
}
