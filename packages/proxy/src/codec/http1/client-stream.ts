import type { HeaderMap } from "../../http/header-map.ts";
import type { ClientStream, RequestHead, ResponseReceiver } from "../codec.ts";
import type { OutputBuffer } from "./output-buffer.ts";

const NOTHING = Buffer.alloc(0);

/** What a stream needs of the connection that it is on. */
export interface ClientStreamOwner {
  readonly output: OutputBuffer;
  pauseReading(): void;
  resumeReading(): void;
  /** The receiver gave the stream up: the connection cannot be used any more. */
  abort(stream: Http1ClientStream): void;
  /** The request does not end as announced: the same, and the receiver is told. */
  failRequest(detail: string): void;
}

/** One request on an HTTP/1 connection to an upstream, and its writing. */
export class Http1ClientStream implements ClientStream {
  readonly method: string;
  readonly receiver: ResponseReceiver;
  readonly #owner: ClientStreamOwner;
  #mode: "length" | "chunked" | "tunnel" | "raw" | "ended";
  #remainingBytes = 0;
  #early: Buffer[] = [];
  #endsEarly = false;
  /** Set by the connection when nothing may be sent any more. */
  isOver = false;

  constructor(
    request: RequestHead,
    endStream: boolean,
    receiver: ResponseReceiver,
    owner: ClientStreamOwner,
  ) {
    this.method = request.method;
    this.receiver = receiver;
    this.#owner = owner;
    this.#mode = "ended";
    owner.output.add(this.#writeHead(request, endStream));
    if (endStream) owner.output.flush();
  }

  /** The whole request is in the output. */
  get isRequestSent(): boolean {
    return this.#mode === "ended";
  }

  get isRaw(): boolean {
    return this.#mode === "raw";
  }

  sendData(chunk: Buffer, endStream: boolean): boolean {
    if (this.isOver || this.#mode === "ended") return true;
    const { output } = this.#owner;
    if (this.#mode === "tunnel") {
      // Not before the upstream agreed: it could read them as the next request.
      this.#early.push(chunk);
      this.#endsEarly ||= endStream;
      return false;
    }
    if (this.#mode === "length") {
      this.#remainingBytes -= chunk.length;
      if (this.#remainingBytes < 0 || (endStream && this.#remainingBytes > 0)) {
        this.#owner.failRequest("request body differs from its content-length");
        return true;
      }
    }
    if (chunk.length > 0) {
      if (this.#mode === "chunked") output.add(`${chunk.length.toString(16)}\r\n`);
      output.add(chunk);
      if (this.#mode === "chunked") output.add("\r\n");
    }
    if (!endStream) return output.admitsMore();
    if (this.#mode === "chunked") output.add("0\r\n\r\n");
    this.#end();
    return true;
  }

  sendTrailers(trailers: HeaderMap): void {
    if (this.#mode !== "chunked" || this.isOver) {
      this.sendData(NOTHING, true);
      return;
    }
    let text = "0\r\n";
    const { flat } = trailers;
    for (let at = 0; at < flat.length; at += 2)
      text += `${flat[at] ?? ""}: ${flat[at + 1] ?? ""}\r\n`;
    this.#owner.output.add(`${text}\r\n`);
    this.#end();
  }

  /** The upstream agreed to the tunnel. */
  startRaw(): void {
    if (this.#mode !== "tunnel") return;
    this.#mode = "raw";
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) this.sendData(chunk, false);
    if (this.#endsEarly) this.sendData(NOTHING, true);
    else if (early.length > 0) this.receiver.onWritable();
  }

  pauseReading(): void {
    if (!this.isOver) this.#owner.pauseReading();
  }

  resumeReading(): void {
    if (!this.isOver) this.#owner.resumeReading();
  }

  reset(): void {
    if (!this.isOver) this.#owner.abort(this);
  }

  #end(): void {
    const wasRaw = this.#mode === "raw";
    this.#mode = "ended";
    if (wasRaw) this.#owner.output.end();
    else this.#owner.output.flush();
  }

  /** RFC 9112 §3 and §6; hop fields that the caller left in are not sent. */
  #writeHead(request: RequestHead, endStream: boolean): string {
    const { method, headers } = request;
    const isConnect = method === "CONNECT";
    const target = isConnect ? request.authority : request.path;
    let text = `${method} ${target} HTTP/1.1\r\nhost: ${request.authority}\r\n`;
    let length: string | undefined;
    let connection = "";
    const { flat } = headers;
    for (let at = 0; at < flat.length; at += 2) {
      const name = flat[at] ?? "";
      const value = flat[at + 1] ?? "";
      if (isHopField(name)) continue;
      if (name === "upgrade") {
        if (endStream) continue;
        connection = "connection: upgrade\r\n";
      } else if (name === "te") connection ||= "connection: te\r\n";
      else if (name === "content-length") {
        length = value;
        continue;
      }
      text += `${name}: ${value}\r\n`;
    }
    return `${text}${connection}${this.#chooseFraming(request, endStream, length)}\r\n`;
  }

  #chooseFraming(request: RequestHead, endStream: boolean, length: string | undefined): string {
    if (request.method === "CONNECT" || (!endStream && request.headers.has("upgrade"))) {
      this.#mode = "tunnel";
      return "";
    }
    if (endStream) {
      const { method } = request;
      return length !== undefined || method === "POST" || method === "PUT" || method === "PATCH"
        ? "content-length: 0\r\n"
        : "";
    }
    if (length === undefined) {
      this.#mode = "chunked";
      return "transfer-encoding: chunked\r\n";
    }
    this.#mode = "length";
    this.#remainingBytes = Number(length);
    return `content-length: ${length}\r\n`;
  }
}

function isHopField(name: string): boolean {
  return (
    name === "connection" ||
    name === "transfer-encoding" ||
    name === "host" ||
    name === "keep-alive" ||
    name === "proxy-connection" ||
    name === "http2-settings"
  );
}
