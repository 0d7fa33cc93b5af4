import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { Duplex } from "node:stream";
import type { Clock } from "@weft/core";
import type {
  ClientCodec,
  ClientCodecEvents,
  ClientStream,
  RequestHead,
  ResponseReceiver,
} from "../codec.ts";
import type { CodecOptions } from "../codec-options.ts";
import { IdleTimer } from "../idle-timer.ts";
import { linger } from "../linger.ts";
import { Http2ClientStream } from "./client-stream.ts";
import { toHeaderObject, writeHeaderBlock } from "./header-block.ts";
import { buildSessionLimits, buildSettings, MAX_CONCURRENT_STREAMS } from "./session-limits.ts";

/** Speaks HTTP/2 with prior knowledge (or after ALPN) to an upstream on a connected `socket`. */
export function createHttp2ClientCodec(
  socket: Duplex,
  events: ClientCodecEvents,
  options: CodecOptions,
  clock: Clock,
): ClientCodec {
  return new Http2ClientCodec(socket, events, options, clock);
}

class Http2ClientCodec implements ClientCodec {
  readonly protocol = "http2";
  readonly #socket: Duplex;
  readonly #session: ClientHttp2Session;
  readonly #events: ClientCodecEvents;
  readonly #options: CodecOptions;
  readonly #idle: IdleTimer;
  #activeStreams = 0;
  #isUnusable = false;
  #isClosed = false;

  constructor(socket: Duplex, events: ClientCodecEvents, options: CodecOptions, clock: Clock) {
    this.#socket = socket;
    this.#events = events;
    this.#options = options;
    this.#session = connect("http://upstream", {
      ...buildSessionLimits(options, false),
      settings: buildSettings(options, false),
      createConnection: () => socket,
    });
    const session = this.#session;
    session.on("goaway", () => {
      this.#isUnusable = true;
    });
    session.on("error", () => session.destroy());
    // Also after the socket's close, and behind the end of every stream.
    session.on("close", () => this.#onClose());
    socket.on("error", () => socket.destroy());
    socket.once("finish", () => linger(socket, clock));
    this.#idle = new IdleTimer({
      clock,
      timeoutMs: options.idleTimeoutMs,
      isBusy: () => this.#activeStreams > 0,
      onIdle: () => this.drain(),
    });
  }

  get activeStreams(): number {
    return this.#activeStreams;
  }

  get canOpenStream(): boolean {
    if (this.#isUnusable || this.#session.closed || this.#session.destroyed) return false;
    // Empty until the peer's first SETTINGS.
    const limit = this.#session.remoteSettings?.maxConcurrentStreams ?? MAX_CONCURRENT_STREAMS;
    return this.#activeStreams < limit;
  }

  openStream(request: RequestHead, endStream: boolean, receiver: ResponseReceiver): ClientStream {
    this.#activeStreams++;
    const onEnd = () => {
      this.#activeStreams--;
      this.#idle.restart();
      if (this.#isUnusable && this.#activeStreams === 0) this.#session.close();
      this.#events.onStreamEnd();
    };
    const stream = this.#request(request, endStream);
    return new Http2ClientStream(stream, endStream, receiver, {
      isConnected: () => !this.#socket.destroyed,
      onEnd,
      maxHeaderBytes: this.#options.maxHeaderBytes,
    });
  }

  drain(): void {
    this.#isUnusable = true;
    this.#session.close();
  }

  destroy(): void {
    this.#isUnusable = true;
    this.#session.destroy();
  }

  /** `undefined` when Node refuses the head or the session is over. */
  #request(request: RequestHead, endStream: boolean): ClientHttp2Stream | undefined {
    const pseudo =
      request.method === "CONNECT"
        ? [":method", "CONNECT", ":authority", request.authority]
        : [
            ":method",
            request.method,
            ":scheme",
            request.scheme,
            ":authority",
            request.authority,
            ":path",
            request.path,
          ];
    try {
      return this.#session.request(toHeaderObject(writeHeaderBlock(pseudo, request.headers.flat)), {
        endStream,
        waitForTrailers: !endStream,
      });
    } catch {
      return undefined;
    }
  }

  #onClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isUnusable = true;
    this.#idle.close();
    this.#events.onClosed();
  }
}
