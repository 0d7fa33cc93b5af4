/**
 * What every wire format looks like from inside: bytes on one side, stream events on the other.
 * Only folders below `codec/` know HTTP/1.1 or HTTP/2; nobody else may.
 *
 *   socket bytes ─► ServerCodec ─► ServerHandler.onRequest ─► (http, filters, router)
 *                                                                  │
 *   socket bytes ◄─ ClientCodec ◄─ ClientCodec.openStream  ◄───────┘
 *
 * For each direction of a stream: head once, data zero or more times, trailers at most once; the
 * event that carries `endStream` (or the trailers) is the last. After `onReset` nothing follows.
 */
import type { HeaderMap } from "../http/header-map.ts";

/** The start of a request. For CONNECT `path` is "" and `scheme` is "". */
export interface RequestHead {
  method: string;
  scheme: string;
  /** Host and optional port, as the client named it. */
  authority: string;
  /** Path with query. */
  path: string;
  readonly headers: HeaderMap;
  readonly protocol: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2";
}

/** The start of a response. */
export interface ResponseHead {
  status: number;
  readonly headers: HeaderMap;
}

/** Why a stream ended early. */
export type ResetReason =
  | "connection-closed" // the peer's connection went away
  | "remote-reset" // the peer reset this stream
  | "refused-stream" // the peer did not begin to work on it: safe to repeat
  | "protocol-error" // the peer broke the wire format
  | "local-reset"; // we did it

/** Receives one request's body and end; made by the handler, called by the codec. */
export interface RequestReceiver {
  onData(chunk: Buffer, endStream: boolean): void;
  onTrailers(trailers: HeaderMap): void;
  onReset(reason: ResetReason): void;
  /** The response's buffer fell below its low watermark after a `sendData` that returned false. */
  onWritable(): void;
}

/** One request as the proxy answers it. */
export interface ServerStream {
  readonly request: RequestHead;
  /** True when the request has no body and no trailers. */
  readonly endStream: boolean;
  /** 100 to 199, without body, before the response. */
  sendInformational(head: ResponseHead): void;
  /** For CONNECT (2xx) and 101 both directions are raw bytes from here on, as data events. */
  sendHead(head: ResponseHead, endStream: boolean): void;
  /** False: above the high watermark; stop until `onWritable`. */
  sendData(chunk: Buffer, endStream: boolean): boolean;
  sendTrailers(trailers: HeaderMap): void;
  pauseReading(): void;
  resumeReading(): void;
  /** Ends it abruptly; HTTP/1 closes the connection so that a cut body never looks whole. */
  reset(): void;
}

/** Receives requests; one for each downstream connection. */
export interface ServerHandler {
  /** Called once per request, in order; answers what will receive its body. */
  onRequest(stream: ServerStream): RequestReceiver;
  /** The codec refused bytes and answered by itself: for the access log and stats. */
  onProtocolError(detail: string, status: number): void;
  /** Nothing follows. */
  onClosed(): void;
}

/** How a connection ends that others may be about to use. */
export interface DrainOptions {
  /**
   * Leaves idle connections open until their next answer, which announces the end: a client that is
   * just asking loses nothing. Without it they are closed at once, as a process that ends must.
   */
  readonly keepsIdle: boolean;
}

/** The downstream end of one connection. */
export interface ServerCodec {
  readonly protocol: "http1" | "http2";
  readonly activeStreams: number;
  /** Lets streams in flight finish, tells the peer (Connection: close, GOAWAY), then closes. */
  drain(options?: DrainOptions): void;
  destroy(): void;
}

/** Receives one response. */
export interface ResponseReceiver {
  onInformational(head: ResponseHead): void;
  onHead(head: ResponseHead, endStream: boolean): void;
  onData(chunk: Buffer, endStream: boolean): void;
  onTrailers(trailers: HeaderMap): void;
  onReset(reason: ResetReason, detail: string): void;
  /** The request's buffer fell below its low watermark after a `sendData` that returned false. */
  onWritable(): void;
}

/** One request on its way upstream. */
export interface ClientStream {
  sendData(chunk: Buffer, endStream: boolean): boolean;
  sendTrailers(trailers: HeaderMap): void;
  pauseReading(): void;
  resumeReading(): void;
  reset(): void;
}

/** What a connection pool wants to know. */
export interface ClientCodecEvents {
  /** A stream ended; the codec may take another one when `canOpenStream`. */
  onStreamEnd(): void;
  /** Nothing follows; streams in flight have had their `onReset`. */
  onClosed(): void;
}

/** The upstream end of one connection. */
export interface ClientCodec {
  readonly protocol: "http1" | "http2";
  readonly activeStreams: number;
  /** False while an HTTP/1 request is in flight, after GOAWAY, and once closing. */
  readonly canOpenStream: boolean;
  openStream(request: RequestHead, endStream: boolean, receiver: ResponseReceiver): ClientStream;
  /** Closes when the streams in flight are done. */
  drain(): void;
  destroy(): void;
}
