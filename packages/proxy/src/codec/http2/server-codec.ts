import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Duplex } from "node:stream";
import type { Clock, Timer } from "@weft/core";
import type { ServerCodec, ServerHandler } from "../codec.ts";
import type { CodecOptions } from "../codec-options.ts";
import type { ParseFailure } from "../http1/parse-failure.ts";
import { IdleTimer } from "../idle-timer.ts";
import { linger } from "../linger.ts";
import { fromHeaderObject } from "./header-block.ts";
import { readRequestHead } from "./request-head.ts";
import { Http2ServerStream } from "./server-stream.ts";
import { buildSessionLimits, buildSettings, FrameBudget, ResetBudget } from "./session-limits.ts";

const END_STREAM = constants.NGHTTP2_FLAG_END_STREAM;

/** Serves HTTP/2 with prior knowledge on `socket`, which it takes over. */
export function createHttp2ServerCodec(
  socket: Duplex,
  handler: ServerHandler,
  options: CodecOptions,
  clock: Clock,
): ServerCodec {
  return new Http2ServerCodec(socket, handler, options, clock);
}

class Http2ServerCodec implements ServerCodec {
  readonly protocol = "http2";
  readonly #session: ServerHttp2Session;
  readonly #handler: ServerHandler;
  readonly #options: CodecOptions;
  readonly #clock: Clock;
  readonly #idle: IdleTimer;
  readonly #resets = new ResetBudget();
  readonly #pings: FrameBudget;
  readonly #settings: FrameBudget;
  #activeStreams = 0;
  #isDraining = false;
  #isClosed = false;
  #prefaceTimer: Timer | undefined;

  constructor(socket: Duplex, handler: ServerHandler, options: CodecOptions, clock: Clock) {
    this.#handler = handler;
    this.#options = options;
    this.#clock = clock;
    this.#pings = new FrameBudget(clock);
    this.#settings = new FrameBudget(clock);
    this.#session = performServerHandshake(socket, {
      ...buildSessionLimits(options, true),
      settings: buildSettings(options, true),
    });
    const session = this.#session;
    session.on("stream", (stream, headers, flags, ...rest: unknown[]) =>
      this.#onStream(stream, rawOf(rest[0]) ?? fromHeaderObject(headers), flags),
    );
    session.on("ping", () => this.#spend(this.#pings));
    session.on("remoteSettings", () => {
      this.#prefaceTimer?.cancel();
      this.#spend(this.#settings);
    });
    session.on("error", (error) => this.#handler.onProtocolError(error.message, 400));
    // Also after the socket's close, and behind the error that ended it.
    session.on("close", () => this.#onClose());
    socket.on("error", () => socket.destroy());
    socket.once("finish", () => linger(socket, clock));
    // Accepted sockets may be half open, and Node does not end a session for a FIN; who said it has no
    // stream that could still be answered.
    socket.once("end", () => this.#session.destroy());
    if (options.headerTimeoutMs > 0) this.#armPrefaceTimer(options.headerTimeoutMs);
    this.#idle = new IdleTimer({
      clock,
      timeoutMs: options.idleTimeoutMs,
      isBusy: () => this.#activeStreams > 0,
      onIdle: () => this.drain(),
    });
    // The session reads sniffed bytes that were put back by itself; flowing would take them from it.
    if (socket.readableLength === 0) socket.resume();
  }

  get activeStreams(): number {
    return this.#activeStreams;
  }

  drain(): void {
    if (this.#isDraining || this.#session.destroyed) return;
    this.#isDraining = true;
    // One GOAWAY, and no warning before it (RFC 9113 §6.8): nghttp2 ignores what is opened after either, so
    // that a client had better hear at once which requests are its own to repeat.
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
  }

  #onStream(stream: ServerHttp2Stream, raw: readonly string[], flags: number): void {
    const beganAtMs = this.#clock.nowMs();
    this.#resets.onStream();
    stream.on("error", () => {});
    // Node tells of a stream a turn late: by then its client may have reset it.
    if (stream.destroyed || stream.closed) {
      if (this.#resets.onReset(0)) this.#giveUp("too many streams were reset");
      return;
    }
    const request = readRequestHead(raw, this.#options);
    if ("status" in request) {
      this.#refuse(stream, request);
      return;
    }
    const serverStream = new Http2ServerStream(stream, request, (flags & END_STREAM) !== 0);
    this.#activeStreams++;
    stream.once("close", () => {
      this.#activeStreams--;
      this.#idle.restart();
      const isAbused =
        stream.rstCode !== constants.NGHTTP2_NO_ERROR &&
        this.#resets.onReset(this.#clock.nowMs() - beganAtMs);
      serverStream.onClosed(this.#session.destroyed ? "connection-closed" : "remote-reset");
      if (isAbused) this.#giveUp("too many streams were reset");
    });
    serverStream.start(this.#handler.onRequest(serverStream));
  }

  #refuse(stream: ServerHttp2Stream, { detail, status }: ParseFailure): void {
    this.#handler.onProtocolError(detail, status);
    try {
      stream.respond({ ":status": status }, { endStream: true });
      stream.close(constants.NGHTTP2_NO_ERROR);
    } catch {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  }

  #spend(budget: FrameBudget): void {
    if (!budget.take()) this.#giveUp("control frame flood");
  }

  #giveUp(detail: string): void {
    if (this.#session.destroyed) return;
    this.#handler.onProtocolError(detail, 429);
    this.#session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    this.#session.destroy();
  }

  /** The client's first SETTINGS are due as the rest of a head would be (RFC 9113 §3.4). */
  #armPrefaceTimer(delayMs: number): void {
    this.#prefaceTimer = this.#clock.schedule(
      delayMs,
      () => {
        this.#handler.onProtocolError("no SETTINGS in time", 408);
        this.#session.destroy();
      },
      { unref: true },
    );
  }

  #onClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#idle.close();
    this.#prefaceTimer?.cancel();
    this.#handler.onClosed();
  }
}

/** Node hands the fields in wire order as a fourth argument that its types do not mention. */
function rawOf(argument: unknown): readonly string[] | undefined {
  return Array.isArray(argument) ? argument : undefined;
}
