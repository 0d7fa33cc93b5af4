import type { HeaderMap } from "../../http/header-map.ts";
import type { RequestReceiver, ResponseHead, ServerStream } from "../codec.ts";
import { TUNNEL } from "./framing.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { reasonPhrase } from "./reason-phrase.ts";
import type { ParsedRequest } from "./request-head.ts";

/** What a stream needs of the connection that it is on. */
export interface StreamOwner {
  readonly output: OutputBuffer;
  readonly isDraining: boolean;
  /** The request has been read to its end. */
  readonly isRequestComplete: boolean;
  /** Both directions are raw from here on. */
  onTunnel(): void;
  /** The last byte of the response is in the output. */
  onResponseEnd(keepAlive: boolean): void;
  pauseReading(): void;
  resumeReading(): void;
  abort(): void;
}

type BodyMode = "not-begun" | "absent" | "length" | "chunked" | "until-close" | "raw" | "ended";

/** One request on an HTTP/1 connection, and the writing of its answer. */
export class Http1ServerStream implements ServerStream {
  readonly request: ParsedRequest["head"];
  readonly endStream: boolean;
  /** Set right after the handler answered with it. */
  receiver: RequestReceiver | undefined;
  readonly #owner: StreamOwner;
  readonly #parsed: ParsedRequest;
  #mode: BodyMode = "not-begun";
  #remainingBytes = 0;
  #keepAlive: boolean;

  constructor(parsed: ParsedRequest, owner: StreamOwner) {
    this.#parsed = parsed;
    this.#owner = owner;
    this.request = parsed.head;
    this.endStream = parsed.bodyLength === 0;
    this.#keepAlive = parsed.keepAlive;
  }

  get hasBegun(): boolean {
    return this.#mode !== "not-begun";
  }

  sendInformational(head: ResponseHead): void {
    if (this.#mode !== "not-begun" || this.request.protocol === "HTTP/1.0") return;
    this.#owner.output.add(`${statusAndFields(head, false, false)}\r\n`);
  }

  sendHead(head: ResponseHead, endStream: boolean): void {
    if (this.#mode !== "not-begun") return;
    const { status } = head;
    const isTunnel = status === 101 || (this.request.method === "CONNECT" && isSuccess(status));
    if (isTunnel && this.#parsed.bodyLength === TUNNEL) {
      this.#sendTunnelHead(head, endStream);
      return;
    }
    const isLate = !endStream || this.#owner.isRequestComplete;
    this.#keepAlive &&= isLate && !this.#owner.isDraining && this.#parsed.bodyLength !== TUNNEL;
    const mayHaveBody = this.request.method !== "HEAD" && status !== 204 && status !== 304;
    const announcesEmptyBody = endStream && mayHaveBody;
    const hasLength = !announcesEmptyBody && status !== 204;
    let text = statusAndFields(head, hasLength, status === 101);
    if (announcesEmptyBody) text += "content-length: 0\r\n";
    if (mayHaveBody && !endStream) text += this.#chooseFraming(head);
    else this.#mode = "absent";
    if (!this.#keepAlive) text += "connection: close\r\n";
    else if (this.request.protocol === "HTTP/1.0") text += "connection: keep-alive\r\n";
    this.#owner.output.add(`${text}\r\n`);
    if (endStream) this.#end();
  }

  sendData(chunk: Buffer, endStream: boolean): boolean {
    if (this.#mode === "ended" || this.#mode === "not-begun") return true;
    const { output } = this.#owner;
    if (chunk.length > 0 && this.#mode !== "absent") {
      if (this.#mode === "chunked") output.add(`${chunk.length.toString(16)}\r\n`);
      if (this.#mode === "length" && chunk.length > this.#remainingBytes) {
        this.#owner.abort();
        return true;
      }
      this.#remainingBytes -= chunk.length;
      output.add(chunk);
      if (this.#mode === "chunked") output.add("\r\n");
    }
    if (!endStream) return output.admitsMore();
    if (this.#mode === "length" && this.#remainingBytes > 0) {
      this.#owner.abort();
      return true;
    }
    if (this.#mode === "chunked") output.add("0\r\n\r\n");
    this.#end();
    return true;
  }

  sendTrailers(trailers: HeaderMap): void {
    if (this.#mode !== "chunked") {
      this.sendData(NOTHING, true);
      return;
    }
    this.#owner.output.add(`0\r\n${fieldLines(trailers.flat)}\r\n`);
    this.#end();
  }

  pauseReading(): void {
    this.#owner.pauseReading();
  }

  resumeReading(): void {
    this.#owner.resumeReading();
  }

  reset(): void {
    if (this.#mode === "ended") return;
    this.#owner.abort();
  }

  #sendTunnelHead(head: ResponseHead, endStream: boolean): void {
    const fields = statusAndFields(head, false, true);
    const switching = head.status === 101 ? "connection: upgrade\r\n" : "";
    this.#owner.output.add(`${fields}${switching}\r\n`);
    this.#mode = "raw";
    this.#owner.onTunnel();
    if (endStream) this.#end();
  }

  /** The field that says how the body ends, when the head has none. */
  #chooseFraming(head: ResponseHead): string {
    const length = head.headers.get("content-length");
    if (length !== undefined) {
      this.#mode = "length";
      this.#remainingBytes = Number(length);
      return "";
    }
    if (this.request.protocol === "HTTP/1.1") {
      this.#mode = "chunked";
      return "transfer-encoding: chunked\r\n";
    }
    this.#mode = "until-close";
    this.#keepAlive = false;
    return "";
  }

  #end(): void {
    const wasRaw = this.#mode === "raw";
    this.#mode = "ended";
    if (wasRaw) this.#owner.output.end();
    else this.#owner.output.flush();
    this.#owner.onResponseEnd(this.#keepAlive && !wasRaw);
  }
}

const NOTHING = Buffer.alloc(0);

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Status line and fields without the ones that belong to the hop. */
function statusAndFields(head: ResponseHead, withLength: boolean, withUpgrade: boolean): string {
  let text =
    head.status === 200
      ? "HTTP/1.1 200 OK\r\n"
      : `HTTP/1.1 ${head.status} ${reasonPhrase(head.status)}\r\n`;
  const { flat } = head.headers;
  for (let at = 0; at < flat.length; at += 2) {
    const name = flat[at] ?? "";
    if (isHopField(name) && !(withUpgrade && name === "upgrade")) continue;
    if (name === "content-length" && !withLength) continue;
    text += `${name}: ${flat[at + 1] ?? ""}\r\n`;
  }
  return text;
}

function isHopField(name: string): boolean {
  return (
    name === "connection" ||
    name === "transfer-encoding" ||
    name === "keep-alive" ||
    name === "upgrade" ||
    name === "proxy-connection"
  );
}

function fieldLines(flat: readonly string[]): string {
  let text = "";
  for (let at = 0; at < flat.length; at += 2)
    text += `${flat[at] ?? ""}: ${flat[at + 1] ?? ""}\r\n`;
  return text;
}
