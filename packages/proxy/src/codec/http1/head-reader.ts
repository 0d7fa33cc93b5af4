import { CR, FIELD_VALUE, LF } from "./character.ts";
import { badRequest, type ParseFailure } from "./parse-failure.ts";

const END = Buffer.from("\r\n\r\n");
/** A method, two spaces, a version and CRLF around the longest target. */
const START_LINE_EXTRA_BYTES = 64;
const FIRST_BUFFER_BYTES = 1024;
const EMPTY = Buffer.alloc(0);

/** What a {@link HeadReader} reads. */
export interface HeadReaderConfig {
  readonly maxHeaderBytes: number;
  /** Longest start line's target; `undefined` when the section has no start line (trailers). */
  readonly maxTargetBytes: number | undefined;
  /** One empty line before the start line is skipped (RFC 9112 §2.2). */
  readonly allowsLeadingEmptyLine: boolean;
  /** Judges the start line (without CRLF) as soon as it is whole. */
  checkStartLine(line: string): ParseFailure | undefined;
  /** Takes the whole section: lines that each end in CRLF, without the last, empty one. */
  accept(text: string): ParseFailure | undefined;
}

/**
 * Collects a head or a trailer section until its empty line.
 *
 * A section that lies whole in one chunk is handed to `accept` at once. Everything else, and
 * everything `accept` refused, goes byte by byte through one scan whose verdict depends only on the
 * bytes, never on how they were cut into chunks.
 */
export class HeadReader {
  readonly #config: HeadReaderConfig;
  #buffer = EMPTY;
  #length = 0;
  #lineStart = 0;
  #previous = 0;
  #hasSkippedLine = false;
  isComplete = false;
  failure: ParseFailure | undefined;

  constructor(config: HeadReaderConfig) {
    this.#config = config;
  }

  /** Some of a section has arrived, but not all. A skipped empty line is not yet a section. */
  get isPartial(): boolean {
    return this.#length > 0;
  }

  /** Ready for the next section. */
  reset(): void {
    this.#buffer = EMPTY;
    this.#length = 0;
    this.#lineStart = 0;
    this.#previous = 0;
    this.#hasSkippedLine = false;
    this.isComplete = false;
  }

  /** Consumes from `at`; the offset behind the consumed bytes, or -1 after a failure. */
  read(chunk: Buffer, at: number): number {
    if (this.isPartial || chunk[at] === CR) return this.#scan(chunk, at, chunk.length);
    const end = chunk.indexOf(END, at);
    if (end < 0 || end + END.length - at > this.#config.maxHeaderBytes)
      return this.#scan(chunk, at, chunk.length);
    const failure = this.#config.accept(chunk.toString("latin1", at, end + 2));
    if (failure !== undefined) return this.#scan(chunk, at, end + END.length);
    this.isComplete = true;
    return end + END.length;
  }

  #scan(chunk: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at++) {
      const byte = chunk[at] ?? 0;
      const failure = this.#scanByte(byte);
      if (failure !== undefined) {
        this.failure = failure;
        return -1;
      }
      if (this.isComplete) return at + 1;
    }
    return to;
  }

  #scanByte(byte: number): ParseFailure | undefined {
    const { maxHeaderBytes, maxTargetBytes } = this.#config;
    if (
      maxTargetBytes !== undefined &&
      this.#lineStart === 0 &&
      this.#length >= maxTargetBytes + START_LINE_EXTRA_BYTES
    )
      return { status: 414, detail: "start line too long" };
    if (this.#length >= maxHeaderBytes) return { status: 431, detail: "header section too large" };
    this.#append(byte);
    const previous = this.#previous;
    this.#previous = byte;
    if (byte === LF) return previous === CR ? this.#endLine() : badRequest("bare LF");
    if (previous === CR) return badRequest("bare CR");
    if (byte !== CR && FIELD_VALUE[byte] !== 1) return badRequest("control byte in head");
    return undefined;
  }

  #endLine(): ParseFailure | undefined {
    const isFirst = this.#lineStart === 0 && this.#config.maxTargetBytes !== undefined;
    const line = this.#buffer.toString("latin1", this.#lineStart, this.#length - 2);
    if (line !== "") {
      this.#lineStart = this.#length;
      return isFirst ? this.#config.checkStartLine(line) : undefined;
    }
    if (isFirst) {
      if (!this.#config.allowsLeadingEmptyLine || this.#hasSkippedLine)
        return badRequest("empty start line");
      this.#hasSkippedLine = true;
      this.#length = 0;
      this.#previous = 0;
      return undefined;
    }
    this.isComplete = true;
    return this.#config.accept(this.#buffer.toString("latin1", 0, this.#length - 2));
  }

  #append(byte: number): void {
    if (this.#length === this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BUFFER_BYTES, this.#length * 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#buffer[this.#length++] = byte;
  }
}
