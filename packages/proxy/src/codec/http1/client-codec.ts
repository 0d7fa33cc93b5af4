import type { Duplex } from "node:stream";
import type { Clock } from "@weft/core";
import type { HeaderMap } from "../../http/header-map.ts";
import type {
  ClientCodec,
  ClientCodecEvents,
  ClientStream,
  RequestHead,
  ResetReason,
  ResponseReceiver,
} from "../codec.ts";
import { type CodecOptions, MAX_INTERIM_RESPONSES } from "../codec-options.ts";
import { IdleTimer } from "../idle-timer.ts";
import { type ClientStreamOwner, Http1ClientStream } from "./client-stream.ts";
import { MessageReader, type MessageSink } from "./message-reader.ts";
import { OutputBuffer } from "./output-buffer.ts";
import type { ParseFailure } from "./parse-failure.ts";
import { type ParsedResponse, parseResponseHead, parseStatusLine } from "./response-head.ts";

const NOTHING = Buffer.alloc(0);

/**
 * Speaks HTTP/1.1 to an upstream on a connected `socket`, which it takes over and resumes. After a
 * response whose request was not fully sent, an answer that nobody asked for, or a broken one, the
 * connection is closed: it is never used for another request.
 */
export function createHttp1ClientCodec(
  socket: Duplex,
  events: ClientCodecEvents,
  options: CodecOptions,
  clock: Clock,
): ClientCodec {
  return new Http1ClientCodec(socket, events, options, clock);
}

class Http1ClientCodec implements ClientCodec, MessageSink, ClientStreamOwner {
  readonly protocol = "http1";
  readonly allowsLeadingEmptyLine = false;
  readonly output: OutputBuffer;
  readonly #socket: Duplex;
  readonly #events: ClientCodecEvents;
  readonly #options: CodecOptions;
  readonly #reader: MessageReader;
  readonly #idle: IdleTimer;
  #parsed: ParsedResponse | undefined;
  #stream: Http1ClientStream | undefined;
  #interimCount = 0;
  #keepAlive = true;
  #isResponseDone = false;
  #isUnusable = false;
  #isClosed = false;

  constructor(socket: Duplex, events: ClientCodecEvents, options: CodecOptions, clock: Clock) {
    this.#socket = socket;
    this.#events = events;
    this.#options = options;
    this.#reader = new MessageReader(this, options);
    this.output = new OutputBuffer(socket, options.highWatermarkBytes, () => {
      const stream = this.#stream;
      if (stream !== undefined && !stream.isRequestSent) stream.receiver.onWritable();
    });
    this.#idle = new IdleTimer({
      clock,
      timeoutMs: options.idleTimeoutMs,
      isBusy: () => this.#stream !== undefined,
      onIdle: () => this.destroy(),
    });
    socket.on("data", (chunk: Buffer) => this.#onBytes(chunk));
    socket.on("end", () => this.#onPeerEnd());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#onClose());
    socket.resume();
  }

  get activeStreams(): number {
    return this.#stream === undefined ? 0 : 1;
  }

  get canOpenStream(): boolean {
    return this.#stream === undefined && !this.#isUnusable;
  }

  openStream(request: RequestHead, endStream: boolean, receiver: ResponseReceiver): ClientStream {
    const stream = new Http1ClientStream(request, endStream, receiver, this);
    this.#stream = stream;
    this.#interimCount = 0;
    return stream;
  }

  drain(): void {
    this.#isUnusable = true;
    if (this.#stream === undefined) this.#socket.destroy();
  }

  destroy(): void {
    this.#isUnusable = true;
    this.#socket.destroy();
  }

  checkStartLine(line: string): ParseFailure | undefined {
    const answer = parseStatusLine(line);
    return "detail" in answer ? answer : undefined;
  }

  acceptHead(text: string): number | ParseFailure {
    const parsed = parseResponseHead(text, this.#stream?.method ?? "GET", this.#options);
    if ("status" in parsed) return parsed;
    this.#parsed = parsed;
    return parsed.bodyLength;
  }

  onHead(): void {
    const parsed = this.#parsed;
    const stream = this.#stream;
    if (parsed === undefined || stream === undefined) return;
    const { status } = parsed.head;
    if (status < 200 && status !== 101) {
      this.#onInterim(parsed, stream);
      return;
    }
    if (status === 101 && (stream.isRequestSent || stream.method === "CONNECT")) {
      this.#break("protocol-error", "upgrade that nobody asked for");
      return;
    }
    this.#keepAlive = parsed.keepAlive;
    const isTunnel = status === 101 || (stream.method === "CONNECT" && status < 300);
    const isWhole = parsed.bodyLength === 0;
    if (isWhole) this.#isResponseDone = true;
    stream.receiver.onHead(parsed.head, isWhole);
    if (!isTunnel || this.#stream !== stream) return;
    stream.startRaw();
    this.#reader.startRaw();
  }

  onBody(chunk: Buffer, isLast: boolean): void {
    if (isLast) this.#isResponseDone = true;
    this.#stream?.receiver.onData(chunk, isLast);
  }

  onEnd(trailers: HeaderMap | undefined): void {
    this.#isResponseDone = true;
    if (trailers === undefined) this.#stream?.receiver.onData(NOTHING, true);
    else this.#stream?.receiver.onTrailers(trailers);
  }

  onFailure(failure: ParseFailure): void {
    this.#break("protocol-error", failure.detail);
  }

  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  abort(stream: Http1ClientStream): void {
    if (this.#stream !== stream) return;
    this.#isUnusable = true;
    this.#stream = undefined;
    stream.isOver = true;
    this.#reader.stop();
    this.#socket.destroy();
    this.#events.onStreamEnd();
  }

  failRequest(detail: string): void {
    this.#break("local-reset", detail);
  }

  #onBytes(chunk: Buffer): void {
    // An answer before its question would be taken for the answer to the next one.
    if (this.#stream === undefined) {
      this.destroy();
      return;
    }
    this.#reader.feed(chunk);
    if (this.#isResponseDone) this.#finishStream();
  }

  #onInterim(parsed: ParsedResponse, stream: Http1ClientStream): void {
    if (++this.#interimCount > MAX_INTERIM_RESPONSES) {
      this.#break("protocol-error", "too many interim responses");
      return;
    }
    // 100 is between the two ends of this hop: the server codec has sent its own.
    if (parsed.head.status !== 100) stream.receiver.onInformational(parsed.head);
    this.#reader.next();
  }

  #finishStream(): void {
    const stream = this.#stream;
    this.#isResponseDone = false;
    if (stream === undefined) return;
    this.#stream = undefined;
    stream.isOver = true;
    const isClean = this.#keepAlive && stream.isRequestSent && this.#reader.heldBytes === 0;
    if (!isClean) this.#isUnusable = true;
    this.#idle.restart();
    if (this.#isUnusable) this.#socket.destroy();
    else {
      this.#reader.next();
      this.#socket.resume();
    }
    this.#events.onStreamEnd();
  }

  #onPeerEnd(): void {
    const stream = this.#stream;
    this.#isUnusable = true;
    if (stream?.isRaw === true || (stream !== undefined && this.#reader.isRaw)) {
      this.#isResponseDone = true;
      stream.receiver.onData(NOTHING, true);
      if (stream.isRequestSent) this.#finishStream();
      return;
    }
    if (stream !== undefined && this.#reader.finish()) {
      stream.receiver.onData(NOTHING, true);
      this.#finishStream();
      return;
    }
    this.#socket.destroy();
  }

  #break(reason: ResetReason, detail: string): void {
    const stream = this.#stream;
    this.#isUnusable = true;
    this.#stream = undefined;
    this.#reader.stop();
    this.#socket.destroy();
    if (stream === undefined) return;
    stream.isOver = true;
    stream.receiver.onReset(reason, detail);
    this.#events.onStreamEnd();
  }

  #onClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#idle.close();
    // A tunnel whose upstream ended first lasts until our own end closed the socket.
    if (this.#isResponseDone) this.#finishStream();
    else this.#break("connection-closed", "connection closed before the response was complete");
    this.#events.onClosed();
  }
}
