import { type ClientHttp2Stream, constants } from "node:http2";
import { HeaderMap } from "../../http/header-map.ts";
import type { ClientStream, ResetReason, ResponseReceiver } from "../codec.ts";
import { MAX_INTERIM_RESPONSES } from "../codec-options.ts";
import {
  fromHeaderObject,
  headerListBytes,
  readHeaderBlock,
  toHeaderObject,
  writeHeaderBlock,
} from "./header-block.ts";

const NOTHING = Buffer.alloc(0);
const END_STREAM = constants.NGHTTP2_FLAG_END_STREAM;

/** One request on an HTTP/2 connection to an upstream. */
export class Http2ClientStream implements ClientStream {
  readonly #stream: ClientHttp2Stream | undefined;
  readonly #receiver: ResponseReceiver;
  readonly #isConnected: () => boolean;
  readonly #onEnd: () => void;
  readonly #maxHeaderBytes: number;
  #responseTrailers: HeaderMap | undefined;
  #trailers: HeaderMap | undefined;
  #isRequestEnded: boolean;
  #interimCount = 0;
  #hasSeenEndStream = false;
  #isResponseEnded = false;
  #isOver = false;

  /** Without a `stream` the request could not begin: the receiver is told on the next turn. */
  constructor(
    stream: ClientHttp2Stream | undefined,
    endStream: boolean,
    receiver: ResponseReceiver,
    connection: {
      readonly isConnected: () => boolean;
      readonly onEnd: () => void;
      readonly maxHeaderBytes: number;
    },
  ) {
    this.#maxHeaderBytes = connection.maxHeaderBytes;
    this.#stream = stream;
    this.#receiver = receiver;
    this.#isConnected = connection.isConnected;
    this.#onEnd = connection.onEnd;
    this.#isRequestEnded = endStream;
    if (stream === undefined) process.nextTick(() => this.#onClosed());
    else this.#listen(stream);
  }

  sendData(chunk: Buffer, endStream: boolean): boolean {
    const stream = this.#stream;
    if (stream === undefined || this.#isOver || this.#isRequestEnded || stream.destroyed)
      return true;
    if (endStream) {
      this.#isRequestEnded = true;
      if (chunk.length > 0) stream.end(chunk);
      else stream.end();
      return true;
    }
    return chunk.length === 0 || stream.write(chunk);
  }

  sendTrailers(trailers: HeaderMap): void {
    this.#trailers = trailers;
    this.sendData(NOTHING, true);
  }

  pauseReading(): void {
    this.#stream?.pause();
  }

  resumeReading(): void {
    this.#stream?.resume();
  }

  reset(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    if (this.#stream !== undefined) this.#stream.resume();
  }

  #listen(stream: ClientHttp2Stream): void {
    const receiver = this.#receiver;
    this.#watchEndStream(stream);
    stream.on("headers", (headers) => {
      if (this.#isOver) return;
      if (++this.#interimCount > MAX_INTERIM_RESPONSES) this.#refuse("too many interim responses");
      else if (headers[":status"] !== 100) receiver.onInformational(readHead(headers));
    });
    stream.on("response", (headers, flags) => {
      if (this.#isOver) return;
      if (headerListBytes(fromHeaderObject(headers)) > this.#maxHeaderBytes) {
        this.#refuse("header fields too large");
        return;
      }
      const isWhole = (flags & END_STREAM) !== 0;
      if (isWhole) this.#isResponseEnded = true;
      receiver.onHead(readHead(headers), isWhole);
      // Node announces the head on a later turn than the data that follows it: read from here on.
      stream.on("data", (chunk: Buffer) => {
        if (!this.#isOver) receiver.onData(chunk, false);
      });
    });
    stream.on("trailers", (headers) => {
      this.#responseTrailers = new HeaderMap(fromHeaderObject(headers));
    });
    stream.on("end", () => this.#onResponseEnd());
    stream.on("drain", () => {
      if (!this.#isOver && !this.#isRequestEnded) receiver.onWritable();
    });
    stream.on("wantTrailers", () => this.#sendWantedTrailers(stream));
    stream.on("error", () => {});
    stream.once("close", () => this.#onClosed());
  }

  /**
   * Node ends a stream for RST_STREAM with NO_ERROR as it does for END_STREAM, and a cut body would look
   * whole. The two differ in this alone: after a reset the stream is closed before its end is pushed.
   */
  #watchEndStream(stream: ClientHttp2Stream): void {
    const push = stream.push.bind(stream);
    stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk === null && !stream.closed) this.#hasSeenEndStream = true;
      return push(chunk, encoding);
    };
  }

  #refuse(detail: string): void {
    this.#isOver = true;
    this.#stream?.close(constants.NGHTTP2_PROTOCOL_ERROR);
    this.#receiver.onReset("protocol-error", detail);
  }

  #onResponseEnd(): void {
    if (this.#isOver || this.#isResponseEnded || !this.#hasSeenEndStream) return;
    this.#isResponseEnded = true;
    if (this.#responseTrailers === undefined) this.#receiver.onData(NOTHING, true);
    else this.#receiver.onTrailers(this.#responseTrailers);
    // The answer is complete: what is left of the request interests nobody (RFC 9113 §8.1).
    if (!this.#isRequestEnded) this.#stream?.close(constants.NGHTTP2_NO_ERROR);
  }

  #onClosed(): void {
    if (!this.#isOver && !this.#isResponseEnded) {
      this.#isOver = true;
      this.#receiver.onReset(
        this.#reason(),
        `stream closed with code ${this.#stream?.rstCode ?? "none"}`,
      );
    }
    this.#isOver = true;
    this.#onEnd();
  }

  #reason(): ResetReason {
    const code = this.#stream?.rstCode ?? constants.NGHTTP2_REFUSED_STREAM;
    if (code === constants.NGHTTP2_REFUSED_STREAM) return "refused-stream";
    if (!this.#isConnected()) return "connection-closed";
    return code === constants.NGHTTP2_PROTOCOL_ERROR ? "protocol-error" : "remote-reset";
  }

  #sendWantedTrailers(stream: ClientHttp2Stream): void {
    const flat = this.#trailers === undefined ? [] : writeHeaderBlock([], this.#trailers.flat);
    try {
      stream.sendTrailers(toHeaderObject(flat));
    } catch {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  }
}

function readHead(headers: Parameters<typeof fromHeaderObject>[0]): {
  readonly status: number;
  readonly headers: HeaderMap;
} {
  const block = readHeaderBlock(fromHeaderObject(headers));
  return { status: Number(block.pseudo.get(":status") ?? 0), headers: block.headers };
}
