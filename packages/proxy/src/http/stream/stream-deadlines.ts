import type { Clock, Timer } from "@weft/core";
import type { LocalReply } from "../local-reply.ts";
import type { StreamInfo } from "../stream-info.ts";
import { grpcTimeoutMs } from "./grpc-timeout.ts";

/** Limits of the connection manager; 0 is none. A route may override the first and the last. */
export interface StreamTimeouts {
  /** Without a byte in either direction. */
  readonly idleMs: number;
  /** From the head to the end of the request. */
  readonly requestMs: number;
  readonly maxDurationMs: number;
}

/** Who is told; `onDeadline` replies, or cuts the response when it has begun. */
export interface DeadlineOwner {
  onDeadline(reply: LocalReply): void;
}

/**
 * The clocks of one stream. The route's timeout starts at the end of the request, whatever a filter
 * is doing with it then: an injected delay counts (docs/decisions/0014-route-timeout-covers-faults.md).
 */
export class StreamDeadlines {
  readonly #clock: Clock;
  readonly #owner: DeadlineOwner;
  #route: Timer | undefined;
  #idle: Timer | undefined;
  #request: Timer | undefined;
  #duration: Timer | undefined;
  #idleMs = 0;
  /** Known from `start` on: the headers that say so are gone once the request has left for its host. */
  #routeMs = 0;
  #touchedMs = 0;
  #hasRequestEnded = false;
  #isTunnel = false;

  constructor(clock: Clock, owner: DeadlineOwner) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** The route is known: arms what has to run from the head on. */
  start(timeouts: StreamTimeouts, info: StreamInfo): void {
    this.#routeMs = routeTimeoutMs(info);
    const action = info.route?.route.action;
    const forward = action?.kind === "forward" ? action : undefined;
    this.#idleMs = forward?.idleTimeoutMs ?? timeouts.idleMs;
    if (this.#idleMs > 0) {
      this.#touchedMs = this.#clock.nowMs();
      this.#idle = this.#clock.schedule(this.#idleMs, this.#onIdle, { unref: true });
    }
    const maxDurationMs = forward?.maxStreamDurationMs ?? timeouts.maxDurationMs;
    if (maxDurationMs > 0) {
      this.#duration = this.#clock.schedule(maxDurationMs, this.#onDuration, { unref: true });
    }
    if (this.#hasRequestEnded) {
      this.#armRoute();
    } else if (timeouts.requestMs > 0) {
      this.#request = this.#clock.schedule(timeouts.requestMs, this.#onRequestTimeout);
    }
  }

  onRequestEnd(): void {
    this.#hasRequestEnded = true;
    this.#request?.cancel();
    this.#armRoute();
  }

  /** Who answers before it has heard everything may go on listening for as long as it likes. */
  onResponseStart(): void {
    this.#request?.cancel();
    this.touch();
  }

  /** Something moved: idleness starts anew. The timer itself is only moved when it fires. */
  touch(): void {
    if (this.#idleMs > 0) this.#touchedMs = this.#clock.nowMs();
  }

  /** A tunnel has been agreed on: it lives longer than a response may take. */
  endRouteTimeout(): void {
    this.#isTunnel = true;
    this.#route?.cancel();
  }

  close(): void {
    this.#route?.cancel();
    this.#idle?.cancel();
    this.#request?.cancel();
    this.#duration?.cancel();
  }

  #armRoute(): void {
    if (this.#routeMs <= 0 || this.#route !== undefined || this.#isTunnel) return;
    this.#route = this.#clock.schedule(this.#routeMs, this.#onRouteTimeout);
  }

  readonly #onRouteTimeout = (): void => this.#owner.onDeadline(ROUTE_TIMEOUT);

  readonly #onRequestTimeout = (): void => this.#owner.onDeadline(REQUEST_TIMEOUT);

  readonly #onDuration = (): void =>
    this.#owner.onDeadline(this.#hasRequestEnded ? DURATION_AFTER_REQUEST : DURATION_IN_REQUEST);

  readonly #onIdle = (): void => {
    const remainingMs = this.#touchedMs + this.#idleMs - this.#clock.nowMs();
    if (remainingMs > 0) {
      this.#idle = this.#clock.schedule(remainingMs, this.#onIdle, { unref: true });
      return;
    }
    this.#owner.onDeadline(this.#hasRequestEnded ? IDLE_AFTER_REQUEST : IDLE_IN_REQUEST);
  };
}

/** The caller's `grpc-timeout` or `x-envoy-upstream-rq-timeout-ms` first, then the route's; 0: none. */
export function routeTimeoutMs(info: StreamInfo): number {
  const action = info.route?.route.action;
  if (action?.kind !== "forward") return 0;
  const { headers } = info.request;
  const own = headers.get("x-envoy-upstream-rq-timeout-ms");
  if (own !== undefined && /^\d{1,9}$/.test(own)) return Number(own);
  if (action.grpcTimeoutMaxMs !== undefined && info.isGrpc) {
    const askedMs = grpcTimeoutMs(headers.get("grpc-timeout"));
    if (askedMs !== undefined) {
      return action.grpcTimeoutMaxMs === 0 ? askedMs : Math.min(askedMs, action.grpcTimeoutMaxMs);
    }
    return action.grpcTimeoutMaxMs;
  }
  return action.timeoutMs;
}

const ROUTE_TIMEOUT: LocalReply = {
  status: 504,
  body: "upstream request timeout",
  detail: "response_timeout",
  flag: "UT",
};
const REQUEST_TIMEOUT: LocalReply = {
  status: 408,
  body: "request timeout",
  detail: "request_overall_timeout",
};
const DURATION_IN_REQUEST: LocalReply = {
  status: 408,
  body: "downstream duration timeout",
  detail: "max_duration_timeout",
  flag: "UMSDR",
  grpcStatus: 4,
};
const DURATION_AFTER_REQUEST: LocalReply = { ...DURATION_IN_REQUEST, status: 504 };
const IDLE_IN_REQUEST: LocalReply = {
  status: 408,
  body: "stream timeout",
  detail: "stream_idle_timeout",
  flag: "SI",
};
const IDLE_AFTER_REQUEST: LocalReply = { ...IDLE_IN_REQUEST, status: 504 };
