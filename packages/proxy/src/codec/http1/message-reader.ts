import type { HeaderMap } from "../../http/header-map.ts";
import type { CodecOptions } from "../codec-options.ts";
import { ChunkedReader } from "./chunked-reader.ts";
import { type BodyLength, CHUNKED, TUNNEL, UNTIL_CLOSE } from "./framing.ts";
import { HeadReader } from "./head-reader.ts";
import type { ParseFailure } from "./parse-failure.ts";

/** What the reader tells its codec, in wire order. */
export interface MessageSink {
  readonly allowsLeadingEmptyLine: boolean;
  checkStartLine(line: string): ParseFailure | undefined;
  /** Parses and keeps the head; may be asked twice about the same text. */
  acceptHead(text: string): BodyLength | ParseFailure;
  /** The head that was accepted last is in force. */
  onHead(): void;
  onBody(chunk: Buffer, isLast: boolean): void;
  /** A chunked body ended. */
  onEnd(trailers: HeaderMap | undefined): void;
  onFailure(failure: ParseFailure): void;
}

/**
 * Cuts a connection's bytes into messages.
 *
 *   head ─► body ─► held ─► (`next`) head …
 *     └───► held ─► (`startRaw`) raw
 *
 * - `head`: collecting; left when the empty line came and the sink accepted it.
 * - `body`: fixed, chunked or until the end of the connection.
 * - `held`: the message is whole (or is a tunnel's request); bytes wait until the codec says what they are.
 * - `raw`: everything is body.
 * - `failed`: everything is ignored.
 */
export class MessageReader {
  readonly #sink: MessageSink;
  readonly #options: CodecOptions;
  readonly #head: HeadReader;
  #chunked: ChunkedReader | undefined;
  #state: "head" | "fixed" | "chunked" | "until-close" | "held" | "raw" | "failed" = "head";
  #remainingBytes = 0;
  #bodyLength: BodyLength = 0;
  #rest: Buffer | undefined;
  #isRunning = false;

  constructor(sink: MessageSink, options: CodecOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#head = new HeadReader({
      maxHeaderBytes: options.maxHeaderBytes,
      maxTargetBytes: options.maxTargetBytes,
      allowsLeadingEmptyLine: sink.allowsLeadingEmptyLine,
      checkStartLine: (line) => sink.checkStartLine(line),
      accept: (text) => this.#acceptHead(text),
    });
  }

  /** Some bytes of a head are there, but not all. */
  get isHeadPartial(): boolean {
    return this.#state === "head" && this.#head.isPartial;
  }

  /** In a body whose end is not known to have come. */
  get isInBody(): boolean {
    return this.#state === "fixed" || this.#state === "chunked" || this.#state === "until-close";
  }

  get isHeld(): boolean {
    return this.#state === "held";
  }

  get isRaw(): boolean {
    return this.#state === "raw";
  }

  /** Bytes that wait behind a held message. */
  get heldBytes(): number {
    return this.#rest?.length ?? 0;
  }

  feed(chunk: Buffer): void {
    this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#run();
  }

  /** The held message is answered: read on. */
  next(): void {
    if (this.#state !== "held") return;
    this.#state = "head";
    this.#run();
  }

  /** The held message opened a tunnel. */
  startRaw(): void {
    if (this.#state !== "held") return;
    this.#state = "raw";
    this.#run();
  }

  /** Ignores everything from here on. */
  stop(): void {
    this.#state = "failed";
    this.#rest = undefined;
  }

  /** The peer sent FIN. True when a body that lasts until the end is thereby whole. */
  finish(): boolean {
    if (this.#state !== "until-close") return false;
    this.#state = "held";
    return true;
  }

  #acceptHead(text: string): ParseFailure | undefined {
    const answer = this.#sink.acceptHead(text);
    if (typeof answer === "object") return answer;
    this.#bodyLength = answer;
    return undefined;
  }

  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#rest !== undefined && this.#state !== "held") {
      const chunk = this.#rest;
      this.#rest = undefined;
      const end = this.#consume(chunk);
      if (end < chunk.length && this.#state !== "failed") this.#keep(chunk.subarray(end));
    }
    this.#isRunning = false;
  }

  /** What a callback fed meanwhile comes after what was left of the chunk. */
  #keep(left: Buffer): void {
    this.#rest = this.#rest === undefined ? left : Buffer.concat([left, this.#rest]);
  }

  #consume(chunk: Buffer): number {
    switch (this.#state) {
      case "head":
        return this.#consumeHead(chunk);
      case "fixed": {
        const end = Math.min(chunk.length, this.#remainingBytes);
        this.#remainingBytes -= end;
        const isLast = this.#remainingBytes === 0;
        if (isLast) this.#state = "held";
        this.#sink.onBody(end === chunk.length ? chunk : chunk.subarray(0, end), isLast);
        return end;
      }
      case "chunked":
        return this.#consumeChunked(chunk);
      case "until-close":
      case "raw":
        this.#sink.onBody(chunk, false);
        return chunk.length;
      default:
        return chunk.length;
    }
  }

  #consumeHead(chunk: Buffer): number {
    const end = this.#head.read(chunk, 0);
    if (end < 0) return this.#fail(this.#head.failure, chunk);
    if (!this.#head.isComplete) return end;
    this.#head.reset();
    if (this.#bodyLength === CHUNKED) {
      this.#state = "chunked";
      this.#chunked = new ChunkedReader(this.#sink, this.#options);
    } else if (this.#bodyLength === UNTIL_CLOSE) this.#state = "until-close";
    else if (this.#bodyLength === 0 || this.#bodyLength === TUNNEL) this.#state = "held";
    else {
      this.#state = "fixed";
      this.#remainingBytes = this.#bodyLength;
    }
    this.#sink.onHead();
    return end;
  }

  #consumeChunked(chunk: Buffer): number {
    const reader = this.#chunked;
    if (reader === undefined) return chunk.length;
    const end = reader.read(chunk, 0);
    if (this.#state !== "chunked") return chunk.length;
    if (end < 0) return this.#fail(reader.failure, chunk);
    if (reader.isComplete) {
      this.#state = "held";
      this.#chunked = undefined;
      this.#sink.onEnd(reader.trailers);
    }
    return end;
  }

  #fail(failure: ParseFailure | undefined, chunk: Buffer): number {
    this.stop();
    this.#sink.onFailure(failure ?? { status: 400, detail: "unreadable" });
    return chunk.length;
  }
}
