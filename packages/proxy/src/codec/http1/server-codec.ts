import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Clock, Timer } from "@weft/core";
import type { HeaderMap } from "../../http/header-map.ts";
import type { DrainOptions, ServerCodec, ServerHandler } from "../codec.ts";
import type { CodecOptions } from "../codec-options.ts";
import { IdleTimer } from "../idle-timer.ts";
import { linger } from "../linger.ts";
import { MessageReader, type MessageSink } from "./message-reader.ts";
import { OutputBuffer } from "./output-buffer.ts";
import type { ParseFailure } from "./parse-failure.ts";
import { reasonPhrase } from "./reason-phrase.ts";
import { type ParsedRequest, parseRequestHead } from "./request-head.ts";
import { parseRequestLine } from "./request-line.ts";
import { Http1ServerStream, type StreamOwner } from "./server-stream.ts";

const NOTHING = Buffer.alloc(0);

/**
 * Serves HTTP/1 on `socket`: one request at a time, in order. Takes the socket over; it is resumed.
 *
 * Bytes that RFC 9112 lets us refuse are refused: the codec answers 4xx or 5xx, closes, and tells
 * `handler.onProtocolError`. After the end of a response its request has no further events; what is
 * left of its body closes the connection.
 */
export function createHttp1ServerCodec(
  socket: Duplex,
  handler: ServerHandler,
  options: CodecOptions,
  clock: Clock,
): ServerCodec {
  return new Http1ServerCodec(socket, handler, options, clock);
}

class Http1ServerCodec implements ServerCodec, MessageSink, StreamOwner {
  readonly protocol = "http1";
  readonly allowsLeadingEmptyLine = true;
  readonly output: OutputBuffer;
  readonly #socket: Duplex;
  readonly #handler: ServerHandler;
  readonly #options: CodecOptions;
  readonly #clock: Clock;
  readonly #scheme: string;
  readonly #reader: MessageReader;
  readonly #idle: IdleTimer;
  #parsed: ParsedRequest | undefined;
  #stream: Http1ServerStream | undefined;
  #isDraining = false;
  #isClosing = false;
  #isClosed = false;
  #hasPeerEnded = false;
  #headerTimer: Timer | undefined;

  constructor(socket: Duplex, handler: ServerHandler, options: CodecOptions, clock: Clock) {
    this.#socket = socket;
    this.#handler = handler;
    this.#options = options;
    this.#clock = clock;
    this.#scheme = socket instanceof TLSSocket ? "https" : "http";
    this.#reader = new MessageReader(this, options);
    this.output = new OutputBuffer(socket, options.highWatermarkBytes, () =>
      this.#stream?.receiver?.onWritable(),
    );
    this.#idle = new IdleTimer({
      clock,
      timeoutMs: options.idleTimeoutMs,
      isBusy: () => this.#stream !== undefined,
      onIdle: () => this.#closeGently(),
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

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get isRequestComplete(): boolean {
    return this.#reader.isHeld;
  }

  drain(options?: DrainOptions): void {
    this.#isDraining = true;
    if (options?.keepsIdle === true) return;
    if (this.#stream === undefined && !this.#reader.isHeadPartial) this.#closeGently();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  checkStartLine(line: string): ParseFailure | undefined {
    const answer = parseRequestLine(line, this.#options.maxTargetBytes);
    return "status" in answer ? answer : undefined;
  }

  acceptHead(text: string): number | ParseFailure {
    const parsed = parseRequestHead(text, this.#options);
    if ("status" in parsed) return parsed;
    this.#parsed = parsed;
    return parsed.bodyLength;
  }

  onHead(): void {
    const parsed = this.#parsed;
    if (parsed === undefined) return;
    this.#parsed = undefined;
    this.#headerTimer?.cancel();
    this.#headerTimer = undefined;
    if (parsed.head.scheme !== "") parsed.head.scheme = this.#scheme;
    const stream = new Http1ServerStream(parsed, this);
    this.#stream = stream;
    const receiver = this.#handler.onRequest(stream);
    stream.receiver = receiver;
    if (parsed.expectsContinue && !stream.endStream && !stream.hasBegun && this.#stream === stream)
      this.output.add("HTTP/1.1 100 Continue\r\n\r\n");
  }

  onBody(chunk: Buffer, isLast: boolean): void {
    this.#stream?.receiver?.onData(chunk, isLast);
  }

  onEnd(trailers: HeaderMap | undefined): void {
    const receiver = this.#stream?.receiver;
    if (trailers === undefined) receiver?.onData(NOTHING, true);
    else receiver?.onTrailers(trailers);
  }

  onFailure(failure: ParseFailure): void {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#handler.onProtocolError(failure.detail, failure.status);
    stream?.receiver?.onReset("protocol-error");
    if (stream?.hasBegun === true) this.abort();
    else this.#refuse(failure.status);
  }

  onTunnel(): void {
    this.#socket.resume();
    this.#reader.startRaw();
  }

  onResponseEnd(keepAlive: boolean): void {
    const wasTunnel = this.#socket.writableEnded;
    if (wasTunnel && !this.#hasPeerEnded) return;
    this.#stream = undefined;
    if (wasTunnel) return;
    this.#idle.restart();
    if (!keepAlive || this.#isDraining || !this.#reader.isHeld) {
      this.#closeGently();
      return;
    }
    this.#reader.next();
    if (!this.#reader.isHeld) this.#socket.resume();
    this.#watchHead();
  }

  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    // Without waiting bytes a held connection reads on, or its end would go unnoticed.
    if (!this.#reader.isHeld || this.#reader.heldBytes === 0) this.#socket.resume();
  }

  abort(): void {
    // A cut body that ends with FIN looks whole to HTTP/1.0 clients: send RST where there is one.
    if ("resetAndDestroy" in this.#socket) (this.#socket as Resettable).resetAndDestroy();
    else this.#socket.destroy();
  }

  #onBytes(chunk: Buffer): void {
    if (this.#isClosing) return;
    this.#reader.feed(chunk);
    // Pipelined bytes wait here; what comes after them waits in the kernel.
    if (this.#reader.isHeld && this.#reader.heldBytes > 0) this.#socket.pause();
    this.#watchHead();
  }

  #watchHead(): void {
    if (this.#headerTimer !== undefined || !this.#reader.isHeadPartial) return;
    if (this.#options.headerTimeoutMs === 0) return;
    this.#headerTimer = this.#clock.schedule(this.#options.headerTimeoutMs, () => {
      this.#headerTimer = undefined;
      if (!this.#reader.isHeadPartial) return;
      this.#reader.stop();
      this.#handler.onProtocolError("head not complete in time", 408);
      this.#refuse(408);
    });
  }

  #onPeerEnd(): void {
    this.#hasPeerEnded = true;
    const stream = this.#stream;
    if (this.#reader.isRaw) {
      if (this.#socket.writableEnded) this.#stream = undefined;
      stream?.receiver?.onData(NOTHING, true);
      return;
    }
    if (stream === undefined && !this.#reader.isHeadPartial) {
      this.#closeGently();
      return;
    }
    const isTruncated = this.#reader.isHeadPartial || this.#reader.isInBody;
    this.#reader.stop();
    this.#stream = undefined;
    stream?.receiver?.onReset("connection-closed");
    if (isTruncated && stream?.hasBegun !== true) {
      this.#handler.onProtocolError("request cut short", 400);
      this.#refuse(400);
    } else this.#socket.destroy();
  }

  #refuse(status: number): void {
    if (this.#isClosing) return;
    this.output.add(
      `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
    );
    this.#closeGently();
  }

  #closeGently(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#reader.stop();
    this.output.end();
    this.#socket.resume();
    if (!this.#hasPeerEnded) linger(this.#socket, this.#clock);
  }

  #onClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isClosing = true;
    this.#reader.stop();
    this.#headerTimer?.cancel();
    this.#idle.close();
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.receiver?.onReset("connection-closed");
    this.#handler.onClosed();
  }
}

interface Resettable {
  resetAndDestroy(): void;
}
