import { constants, type ServerHttp2Stream, type ServerStreamResponseOptions } from "node:http2";
import { HeaderMap } from "../../http/header-map.ts";
import type {
  RequestHead,
  RequestReceiver,
  ResetReason,
  ResponseHead,
  ServerStream,
} from "../codec.ts";
import { fromHeaderObject, toHeaderObject, writeHeaderBlock } from "./header-block.ts";

const NOTHING = Buffer.alloc(0);

/** One request on an HTTP/2 connection. */
export class Http2ServerStream implements ServerStream {
  readonly request: RequestHead;
  readonly endStream: boolean;
  readonly #stream: ServerHttp2Stream;
  #receiver: RequestReceiver | undefined;
  #requestTrailers: HeaderMap | undefined;
  #trailers: HeaderMap | undefined;
  #hasBegun = false;
  #hasEnded = false;
  #isRequestWhole: boolean;
  #isOver = false;

  constructor(stream: ServerHttp2Stream, request: RequestHead, endStream: boolean) {
    this.#stream = stream;
    this.request = request;
    this.endStream = endStream;
    this.#isRequestWhole = endStream;
  }

  /** The response has been handed over completely. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** From here on the request's events go to `receiver`. */
  start(receiver: RequestReceiver): void {
    this.#receiver = receiver;
    const stream = this.#stream;
    stream.on("drain", () => this.#receiver?.onWritable());
    stream.on("wantTrailers", () => this.#sendWantedTrailers());
    if (this.endStream) {
      stream.resume();
      return;
    }
    stream.on("data", (chunk: Buffer) => {
      if (!this.#isOver && !this.#hasEnded) this.#receiver?.onData(chunk, false);
    });
    stream.on("trailers", (headers) => {
      this.#requestTrailers = new HeaderMap(fromHeaderObject(headers));
    });
    stream.on("end", () => this.#onRequestEnd());
  }

  sendInformational(head: ResponseHead): void {
    if (this.#hasBegun || this.#isOver) return;
    const block = writeHeaderBlock([":status", String(head.status)], head.headers.flat);
    this.#attempt(() => this.#stream.additionalHeaders(toHeaderObject(block)));
  }

  sendHead(head: ResponseHead, endStream: boolean): void {
    if (this.#hasBegun || this.#isOver || this.#stream.destroyed) return;
    this.#hasBegun = true;
    const block = writeHeaderBlock([":status", String(head.status)], head.headers.flat);
    if (endStream) this.#hasEnded = true;
    this.#attempt(() => this.#stream.respond(toHeaderObject(block), withoutDate(endStream)));
    if (endStream) this.#stopRequest();
  }

  sendData(chunk: Buffer, endStream: boolean): boolean {
    if (this.#isOver || this.#hasEnded || this.#stream.destroyed) return true;
    if (endStream) {
      this.#hasEnded = true;
      if (chunk.length > 0) this.#stream.end(chunk);
      else this.#stream.end();
      this.#stopRequest();
      return true;
    }
    return chunk.length === 0 || this.#stream.write(chunk);
  }

  sendTrailers(trailers: HeaderMap): void {
    this.#trailers = trailers;
    this.sendData(NOTHING, true);
  }

  pauseReading(): void {
    if (!this.#hasEnded) this.#stream.pause();
  }

  resumeReading(): void {
    this.#stream.resume();
  }

  reset(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  /** The stream is gone; a request or response that was not complete is told. */
  onClosed(reason: ResetReason): void {
    const wasOver = this.#isOver;
    this.#isOver = true;
    if (!wasOver && !this.#hasEnded) this.#receiver?.onReset(reason);
  }

  #onRequestEnd(): void {
    if (this.#isOver || this.#hasEnded || this.#stream.aborted) return;
    this.#isRequestWhole = true;
    if (this.#requestTrailers === undefined) this.#receiver?.onData(NOTHING, true);
    else this.#receiver?.onTrailers(this.#requestTrailers);
  }

  /** Nobody wants what is left of a request that is answered; it leaves after the answer (RFC 9113 §8.1). */
  #stopRequest(): void {
    if (this.#isRequestWhole) return;
    this.#stream.close(constants.NGHTTP2_NO_ERROR);
    // Node keeps a stream for as long as it holds something unread.
    this.#stream.resume();
  }

  #sendWantedTrailers(): void {
    // An empty block leaves as an empty DATA frame with END_STREAM.
    const flat = this.#trailers === undefined ? [] : writeHeaderBlock([], this.#trailers.flat);
    this.#attempt(() => this.#stream.sendTrailers(toHeaderObject(flat)));
  }

  /** Node throws for fields it will not send: those cost this stream, not the process. */
  #attempt(send: () => void): void {
    try {
      send();
    } catch {
      this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  }
}

/** Node would add a Date; that is the filter chain's to decide. Its types do not know the option. */
function withoutDate(endStream: boolean): ServerStreamResponseOptions {
  const options = { endStream, waitForTrailers: !endStream, sendDate: false };
  return options;
}
