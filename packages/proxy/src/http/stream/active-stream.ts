import type {
  RequestHead,
  RequestReceiver,
  ResetReason,
  ResponseHead,
  ServerStream,
} from "../../codec/codec.ts";
import { isFilterSwitch } from "../../http-filter/route-filter-config.ts";
import type { DownstreamConnection } from "../../listener/downstream-connection.ts";
import type { FilterStream } from "../filter.ts";
import type { HeaderMap } from "../header-map.ts";
import { type LocalReply, renderLocalReply } from "../local-reply.ts";
import { prepareRequest } from "../request/prepare-request.ts";
import { prepareResponse } from "../response/prepare-response.ts";
import { StreamInfo } from "../stream-info.ts";
import { BodyPace, type BodyPaceOwner } from "./body-pace.ts";
import { FilterChain } from "./filter-chain.ts";
import { HeldRequest } from "./held-request.ts";
import type { StreamContext } from "./stream-context.ts";
import { StreamDeadlines } from "./stream-deadlines.ts";
import { WriteStall } from "./write-stall.ts";

/**
 * One request and its response, from the codec through the filters and back.
 *
 *   codec ─► ActiveStream ─► filter 0 … n-1 ─► router ─► upstream
 *   codec ◄─ ActiveStream ◄─ filter 0 … n-1 ◄──────────────┘
 *
 * Request side: receiving → (held by a filter ↔ passing) → ended.
 * Response side: none → headers sent → ended. The stream is closed when the response has ended, for
 * tunnels when both sides have, and at once on a reset.
 */
export class ActiveStream implements RequestReceiver, FilterStream, BodyPaceOwner {
  readonly info: StreamInfo;
  readonly #stream: ServerStream;
  readonly #context: StreamContext;
  readonly #chain = new FilterChain();
  readonly #deadlines: StreamDeadlines;
  #held: HeldRequest | undefined;
  #bodyPace: BodyPace | undefined;
  #writeStall: WriteStall | undefined;
  /** Index of the filter that stopped the request; -1 when nothing is held. */
  #stoppedAt = -1;
  #hasRequestEnded = false;
  #hasResponseStarted = false;
  #hasResponseEnded = false;
  #isTunnel = false;
  #hasFailed = false;
  #isClosed = false;

  constructor(stream: ServerStream, connection: DownstreamConnection, context: StreamContext) {
    const { clock } = context.deps;
    this.#stream = stream;
    this.#context = context;
    this.info = new StreamInfo(connection, stream.request, clock.nowMs(), clock.wallMs());
    this.#deadlines = new StreamDeadlines(clock, this);
  }

  /** Decides the route and sends the head through the filters. Called once, after construction. */
  start(): void {
    try {
      this.#begin();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #begin(): void {
    const { info } = this;
    const context = this.#context;
    const { request } = this.#stream;
    const refusal = prepareRequest(
      request,
      info.connection,
      info,
      context.config.requestRules,
      context.deps.random,
    );
    if (refusal === undefined) this.#decideRoute(request);
    this.#chain.build(context.config.filters, this, info.route);
    if (this.#stream.endStream) this.#endRequest();
    if (refusal !== undefined) {
      this.sendLocalReply(refusal);
      return;
    }
    if (this.#isUpgradeRefused(request)) {
      this.sendLocalReply({ status: 403, detail: "upgrade_failed" });
      return;
    }
    this.#deadlines.start(context.config.streamTimeouts, info);
    if (!this.#hasRequestEnded && hasDeclaredBody(request)) {
      this.#bodyPace = new BodyPace(context.deps.clock, this);
    }
    this.#runRequestHeaders(0);
  }

  onData(chunk: Buffer, endStream: boolean): void {
    if (this.#isClosed || this.#hasRequestEnded) return;
    this.info.bytesReceived += chunk.length;
    this.#deadlines.touch();
    if (endStream) this.#endRequest();
    try {
      if (this.#stoppedAt === -1) this.#chain.requestData(chunk, endStream);
      else this.#hold().addData(chunk, endStream);
    } catch (thrown) {
      this.fail(thrown);
    }
    if (endStream) this.#closeWhenDone();
  }

  onTrailers(trailers: HeaderMap): void {
    if (this.#isClosed || this.#hasRequestEnded) return;
    this.#deadlines.touch();
    this.#endRequest();
    try {
      if (this.#stoppedAt === -1) this.#chain.requestTrailers(trailers);
      else this.#hold().addTrailers(trailers);
    } catch (thrown) {
      this.fail(thrown);
    }
    this.#closeWhenDone();
  }

  onReset(reason: ResetReason): void {
    if (this.#isClosed) return;
    this.info.addFlag(
      reason === "remote-reset" ? "DR" : reason === "protocol-error" ? "DPE" : "DC",
    );
    if (this.info.responseCodeDetails === "" || !this.#hasResponseStarted) {
      this.info.responseCodeDetails = RESET_DETAIL[reason];
    }
    this.#close(true);
  }

  onWritable(): void {
    this.#writeStall?.rest();
    this.#chain.responseWritable();
  }

  routeFilterConfig(filterName: string): unknown {
    const config = this.info.route?.filterConfigs.get(filterName);
    return isFilterSwitch(config) ? undefined : config;
  }

  continueRequest(): void {
    if (this.#isClosed || this.#stoppedAt === -1 || this.#hasResponseStarted) return;
    const next = this.#stoppedAt + 1;
    this.#stoppedAt = -1;
    try {
      this.#runRequestHeaders(next);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  fail(thrown: unknown): void {
    if (this.#isClosed) return;
    this.#context.onFilterThrew(thrown);
    // The reply passes the response hooks: a second bug there must not come back here.
    if (this.#hasFailed) this.resetResponse();
    else {
      this.#hasFailed = true;
      this.sendLocalReply(FILTER_THREW);
    }
  }

  sendLocalReply(reply: LocalReply): void {
    if (this.#isClosed || this.#hasResponseEnded) return;
    if (reply.flag !== undefined) this.info.addFlag(reply.flag);
    this.info.responseCodeDetails = reply.detail;
    if (this.#hasResponseStarted) {
      this.resetResponse();
      return;
    }
    this.#chain.reset();
    const { head, body } = renderLocalReply(reply, {
      isGrpc: this.info.isGrpc,
      isHead: this.info.request.method === "HEAD",
    });
    this.sendResponseHeaders(head, body === undefined);
    if (body !== undefined) this.sendResponseData(body, true);
  }

  sendInformational(head: ResponseHead): void {
    if (!this.#isClosed && !this.#hasResponseStarted) this.#stream.sendInformational(head);
  }

  sendResponseHeaders(head: ResponseHead, endStream: boolean): void {
    if (this.#isClosed || this.#hasResponseStarted) return;
    const { info } = this;
    const { config, date } = this.#context;
    this.#hasResponseStarted = true;
    this.#isTunnel =
      head.status === 101 ||
      (info.request.method === "CONNECT" && head.status >= 200 && head.status < 300);
    info.response = head;
    info.responseCode = head.status;
    this.#deadlines.onResponseStart();
    this.#bodyPace?.close();
    if (this.#isTunnel) this.#deadlines.endRouteTimeout();
    const requestId = info.request.headers.get("x-request-id");
    prepareResponse(head, requestId, config.responseRules, date);
    try {
      this.#chain.responseHeaders(head, endStream);
    } catch (thrown) {
      // Nothing has been written, but half of the hooks have run: the response cannot be replaced.
      this.fail(thrown);
      return;
    }
    if (endStream) this.#hasResponseEnded = true;
    this.#stream.sendHead(head, endStream);
    this.#closeWhenDone();
  }

  sendResponseData(chunk: Buffer, endStream: boolean): boolean {
    if (this.#isClosed || this.#hasResponseEnded) return true;
    this.info.bytesSent += chunk.length;
    this.#deadlines.touch();
    try {
      this.#chain.responseData(chunk, endStream);
    } catch (thrown) {
      this.fail(thrown);
      return true;
    }
    if (endStream) this.#hasResponseEnded = true;
    const admitsMore = this.#stream.sendData(chunk, endStream);
    if (!admitsMore && !endStream) this.#watchWrites();
    this.#closeWhenDone();
    return admitsMore;
  }

  sendResponseTrailers(trailers: HeaderMap): void {
    if (this.#isClosed || this.#hasResponseEnded) return;
    this.info.trailers = trailers;
    try {
      this.#chain.responseTrailers(trailers);
    } catch (thrown) {
      this.fail(thrown);
      return;
    }
    this.#hasResponseEnded = true;
    this.#stream.sendTrailers(trailers);
    this.#closeWhenDone();
  }

  resetResponse(): void {
    if (this.#isClosed) return;
    this.#close(true);
    this.#stream.reset();
  }

  pauseRequest(): void {
    if (this.#isClosed) return;
    this.#bodyPace?.pause();
    this.#stream.pauseReading();
  }

  resumeRequest(): void {
    if (this.#isClosed) return;
    this.#bodyPace?.resume();
    this.#stream.resumeReading();
  }

  /** A deadline passed; the filters hear of a route timeout before the reply that follows. */
  onDeadline(reply: LocalReply): void {
    if (reply.flag === "UT") this.#chain.requestTimeout();
    this.sendLocalReply(reply);
  }

  get receivedBytes(): number {
    return this.info.bytesReceived;
  }

  onBodyTooSlow(): void {
    this.sendLocalReply(BODY_TOO_SLOW);
  }

  /** The connection is going away without the codec telling each stream. */
  abandon(): void {
    this.onReset("connection-closed");
  }

  /** The cluster is noted at once: a filter's own reply is counted for the service it kept from. */
  #decideRoute(request: RequestHead): void {
    const { info } = this;
    info.route = this.#context.matchRoute(request);
    if (info.route === undefined) return;
    info.upstreamCluster = info.route.cluster;
    info.upstreamClusterMetadata = this.#context.deps.clusters.cluster(
      info.route.cluster,
    )?.metadata;
  }

  #runRequestHeaders(from: number): void {
    const { request } = this.#stream;
    const endStream = this.#hasRequestEnded && this.#held === undefined;
    const verdict = this.#chain.requestHeaders(from, request, endStream);
    if (verdict.kind === "stop") this.#stoppedAt = verdict.at;
    if (this.#isClosed) return;
    if (verdict.kind === "local-reply") this.sendLocalReply(verdict.reply);
    else if (verdict.kind === "continue") this.#releaseHeld();
  }

  #releaseHeld(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    for (const [index, chunk] of held.chunks.entries()) {
      this.#chain.requestData(chunk, held.hasEnded && index === held.chunks.length - 1);
    }
    if (held.trailers !== undefined) this.#chain.requestTrailers(held.trailers);
    if (held.isPaused) this.resumeRequest();
  }

  #hold(): HeldRequest {
    this.#held ??= new HeldRequest(this.#context.config.bufferLimitBytes, () =>
      this.pauseRequest(),
    );
    return this.#held;
  }

  #watchWrites(): void {
    this.#writeStall ??= new WriteStall(
      this.#context.deps.clock,
      this.info.connection.socket,
      () => {
        this.info.addFlag("DT");
        this.info.responseCodeDetails = "downstream_write_stalled";
        this.resetResponse();
      },
    );
    this.#writeStall.watch();
  }

  #endRequest(): void {
    this.#hasRequestEnded = true;
    this.#bodyPace?.close();
    this.info.requestEndMs = this.#context.deps.clock.nowMs();
    this.#deadlines.onRequestEnd();
  }

  #isUpgradeRefused(request: RequestHead): boolean {
    // Codecs pass the field on only where it asks for a switch that HTTP allows.
    const upgrade =
      request.method === "CONNECT"
        ? "connect"
        : (request.headers.get("upgrade")?.toLowerCase() ?? "");
    if (upgrade === "") return false;
    const action = this.info.route?.route.action;
    const byRoute = action?.kind === "forward" ? action.upgrades.get(upgrade) : undefined;
    // Without a route the answer is the router's 404, not a remark on the upgrade.
    if (action === undefined) return false;
    return !(byRoute ?? this.#context.config.upgrades.get(upgrade) ?? false);
  }

  #closeWhenDone(): void {
    if (this.#isClosed || !this.#hasResponseEnded) return;
    if (this.#isTunnel && !this.#hasRequestEnded) return;
    // An answer from inside `requestHeaders` ends the stream; the chain sees that and stops.
    this.#close(false);
  }

  #close(isReset: boolean): void {
    this.#isClosed = true;
    this.#deadlines.close();
    this.#bodyPace?.close();
    this.#writeStall?.rest();
    this.info.endMs = this.#context.deps.clock.nowMs();
    if (isReset || !this.#hasRequestEnded) this.#chain.reset();
    this.#chain.streamClosed();
    this.#context.onStreamClosed(this);
  }
}

/** A sender that says how much it has need not think it over; gRPC streams, and may wait. */
function hasDeclaredBody({ headers }: RequestHead): boolean {
  return headers.has("content-length");
}

const BODY_TOO_SLOW: LocalReply = {
  status: 408,
  body: "request body too slow",
  detail: "request_body_too_slow",
};

const FILTER_THREW: LocalReply = { status: 500, detail: "filter_threw" };

const RESET_DETAIL: Readonly<Record<ResetReason, string>> = {
  "connection-closed": "downstream_remote_disconnect",
  "remote-reset": "downstream_remote_reset",
  "refused-stream": "downstream_remote_reset",
  "protocol-error": "downstream_protocol_error",
  "local-reset": "downstream_local_reset",
};
