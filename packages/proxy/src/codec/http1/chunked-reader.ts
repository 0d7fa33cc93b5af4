import { HeaderMap } from "../../http/header-map.ts";
import type { CodecOptions } from "../codec-options.ts";
import { CR, HEX_VALUE, LF } from "./character.ts";
import { parseFieldLines } from "./field-lines.ts";
import { HeadReader } from "./head-reader.ts";
import { badRequest, type ParseFailure } from "./parse-failure.ts";

const SEMICOLON = 0x3b;
const MAX_SIZE_DIGITS = 15;
const MAX_EXTENSION_BYTES = 256;
const MAX_MESSAGE_EXTENSION_BYTES = 16 * 1024;
const EXTENSION =
  /^(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)+$/;
/** Trailers that would rewrite what the head already decided. */
const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-length",
  "cookie",
  "expect",
  "host",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

type State = "size" | "extension" | "size-lf" | "data" | "data-cr" | "data-lf" | "trailers" | "end";

/** Where decoded bytes go. */
export interface ChunkedSink {
  onBody(chunk: Buffer, isLast: boolean): void;
}

/**
 * Decodes one chunked body (RFC 9112 §7.1).
 *
 *   1*HEXDIG [ext] CRLF data CRLF … 0 [ext] CRLF *(trailer CRLF) CRLF
 *
 * Extensions are checked and dropped. Of the trailers only `grpc-…` pass.
 */
export class ChunkedReader {
  readonly #sink: ChunkedSink;
  readonly #trailers: HeadReader;
  #state: State = "size";
  #digitCount = 0;
  #remainingBytes = 0;
  #extension = "";
  #extensionBytes = 0;
  trailers: HeaderMap | undefined;
  failure: ParseFailure | undefined;

  constructor(sink: ChunkedSink, options: CodecOptions) {
    this.#sink = sink;
    this.#trailers = new HeadReader({
      maxHeaderBytes: options.maxHeaderBytes,
      maxTargetBytes: undefined,
      allowsLeadingEmptyLine: false,
      checkStartLine: () => undefined,
      accept: (text) => this.#acceptTrailers(text, options.maxHeaderCount),
    });
  }

  get isComplete(): boolean {
    return this.#state === "end";
  }

  /** Consumes from `at`; the offset behind the consumed bytes, or -1 after a failure. */
  read(chunk: Buffer, at: number): number {
    let position = at;
    while (position < chunk.length && this.#state !== "end") {
      if (this.#state === "data") {
        const end = Math.min(chunk.length, position + this.#remainingBytes);
        this.#remainingBytes -= end - position;
        if (this.#remainingBytes === 0) this.#state = "data-cr";
        this.#sink.onBody(chunk.subarray(position, end), false);
        position = end;
      } else if (this.#state === "trailers") {
        position = this.#trailers.read(chunk, position);
        if (position < 0) return this.#fail(this.#trailers.failure);
        if (this.#trailers.isComplete) this.#state = "end";
      } else {
        const failure = this.#step(chunk[position++] ?? 0);
        if (failure !== undefined) return this.#fail(failure);
      }
    }
    return position;
  }

  #step(byte: number): ParseFailure | undefined {
    switch (this.#state) {
      case "size":
        return this.#readSize(byte);
      case "extension":
        return this.#readExtension(byte);
      case "size-lf":
        if (byte !== LF) return badRequest("invalid chunk size line");
        this.#digitCount = 0;
        this.#state = this.#remainingBytes === 0 ? "trailers" : "data";
        return undefined;
      case "data-cr":
        this.#state = "data-lf";
        return byte === CR ? undefined : badRequest("chunk longer than its size");
      default:
        this.#state = "size";
        return byte === LF ? undefined : badRequest("chunk longer than its size");
    }
  }

  #readSize(byte: number): ParseFailure | undefined {
    const digit = HEX_VALUE[byte] ?? 255;
    if (digit < 16) {
      if (++this.#digitCount > MAX_SIZE_DIGITS) return badRequest("chunk size too long");
      this.#remainingBytes = this.#remainingBytes * 16 + digit;
      return undefined;
    }
    if (this.#digitCount === 0) return badRequest("empty chunk size");
    if (!Number.isSafeInteger(this.#remainingBytes)) return badRequest("chunk size too large");
    if (byte === CR) this.#state = "size-lf";
    else if (byte === SEMICOLON) {
      this.#state = "extension";
      this.#extension = ";";
    } else return badRequest("invalid chunk size");
    return undefined;
  }

  #readExtension(byte: number): ParseFailure | undefined {
    if (byte === CR) {
      if (!EXTENSION.test(this.#extension)) return badRequest("invalid chunk extension");
      this.#state = "size-lf";
      return undefined;
    }
    if (byte < 0x20 && byte !== 0x09) return badRequest("invalid chunk extension");
    this.#extension += String.fromCharCode(byte);
    if (
      this.#extension.length > MAX_EXTENSION_BYTES ||
      ++this.#extensionBytes > MAX_MESSAGE_EXTENSION_BYTES
    )
      return badRequest("chunk extensions too long");
    return undefined;
  }

  #acceptTrailers(text: string, maxCount: number): ParseFailure | undefined {
    if (text === "") return undefined;
    const fields = parseFieldLines(text, 0, maxCount);
    if (!Array.isArray(fields)) return fields;
    const kept: string[] = [];
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] ?? "";
      if (FORBIDDEN_TRAILERS.has(name)) return badRequest("forbidden trailer");
      if (name.startsWith("grpc-")) kept.push(name, fields[at + 1] ?? "");
    }
    if (kept.length > 0) this.trailers = new HeaderMap(kept);
    return undefined;
  }

  #fail(failure: ParseFailure | undefined): number {
    this.failure = failure;
    return -1;
  }
}
