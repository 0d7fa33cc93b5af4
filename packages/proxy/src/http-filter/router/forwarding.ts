import type { Timer } from "@weft/core";
import { backoffMs } from "@weft/core";
import type {
  Cluster,
  Host,
  LoadBalancingContext,
  PoolFailure,
  UpstreamInfo,
} from "../../cluster/cluster.ts";
import type { RequestHead, ResetReason, ResponseHead } from "../../codec/codec.ts";
import type { FilterStream } from "../../http/filter.ts";
import type { HeaderMap } from "../../http/header-map.ts";
import type { HttpDeps } from "../../http/http-deps.ts";
import type { LocalReply } from "../../http/local-reply.ts";
import { routeTimeoutMs } from "../../http/stream/stream-deadlines.ts";
import type { TryOutcome } from "../../retry/retry-verdict.ts";
import { applyHeaderMutations } from "../../route/mutation/header-mutations.ts";
import type { ForwardAction, RouteDecision } from "../../route/route-table.ts";
import { PER_TRY_TIMEOUT, poolFailureReply, resetReply } from "./failure-reply.ts";
import { RequestBody } from "./request-body.ts";
import { RetryState } from "./retry-state.ts";
import type { RouterOptions } from "./router-filter.ts";
import { expectedTimeoutMs, setTimeoutHeaders } from "./timeout-headers.ts";
import { type AttemptOwner, UpstreamAttempt } from "./upstream-attempt.ts";
import { prepareUpstreamHead } from "./upstream-head.ts";

/** Whatever the router does with a request once it has left the filters. */
export interface UpstreamWork {
  sendData(chunk: Buffer, endStream: boolean): void;
  sendTrailers(trailers: HeaderMap): void;
  onResponseWritable(): void;
  onRouteTimeout(): void;
  /** Idempotent. */
  cancel(): void;
}

/** What is forwarded, and where. */
export interface ForwardTarget {
  readonly cluster: Cluster;
  readonly action: ForwardAction;
  readonly decision: RouteDecision;
  readonly request: RequestHead;
  readonly options: RouterOptions;
}

/** Sends a request to a host of a cluster, again where the policy allows, and the answer back. */
export class Forwarding implements UpstreamWork, AttemptOwner {
  readonly #stream: FilterStream;
  readonly #target: ForwardTarget;
  readonly #deps: HttpDeps;
  readonly #body: RequestBody;
  readonly #retry: RetryState;
  /** As the headers said that `prepareHead` takes out. */
  readonly #routeMs: number;
  readonly #triedHosts: Host[] = [];
  #attempt: UpstreamAttempt | undefined;
  #backoff: Timer | undefined;
  #isRequestPaused = false;
  #isCancelled = false;

  constructor(stream: FilterStream, target: ForwardTarget, deps: HttpDeps) {
    this.#stream = stream;
    this.#target = target;
    this.#deps = deps;
    this.#routeMs = routeTimeoutMs(stream.info);
    this.#retry = new RetryState(target.action.retry, target.request, target.cluster);
    this.#body = new RequestBody({
      limitBytes: target.action.retryBufferBytes,
      isKeptForRetry: this.#retry.isEnabled,
    });
  }

  /** Makes the request's head the upstream's. Called once, before `start`: mirrors copy the result. */
  prepareHead(): void {
    const { request, decision, action, options } = this.#target;
    this.#announceTimeout();
    prepareUpstreamHead(request, this.#stream.info, decision, action, options.addsEnvoyHeaders);
  }

  start(endStream: boolean): void {
    if (endStream) this.#body.endWithoutBody();
    this.#openAttempt();
  }

  sendData(chunk: Buffer, endStream: boolean): void {
    if (this.#isCancelled) return;
    if (!this.#body.add(chunk, endStream, this.#attempt)) this.#pauseRequest();
    if (endStream) this.#onRequestEnd();
  }

  sendTrailers(trailers: HeaderMap): void {
    if (this.#isCancelled) return;
    this.#body.addTrailers(trailers, this.#attempt);
    this.#onRequestEnd();
  }

  onResponseWritable(): void {
    this.#attempt?.resumeReading();
  }

  onRouteTimeout(): void {
    const host = this.#attempt?.host;
    if (host !== undefined && this.#attempt?.hasResponse === false) {
      this.#target.cluster.reportResult(host, 504);
    }
  }

  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#backoff?.cancel();
    this.#attempt?.abandon();
    this.#retry.end();
  }

  onAttemptReady(attempt: UpstreamAttempt, host: Host, upstream: UpstreamInfo): void {
    const { info } = this.#stream;
    // Not before: how long a connection may take is the cluster's connect timeout.
    if (this.#body.hasEnded) attempt.armTimeout(this.#retry.perTryTimeoutMs);
    this.#triedHosts.push(host);
    info.upstreamHost = host;
    info.upstream = upstream;
    info.upstreamRequestStartMs = this.#deps.clock.nowMs();
    const admitsMore = this.#body.sendTo(attempt);
    if (this.#body.hasEnded) info.upstreamRequestEndMs = this.#deps.clock.nowMs();
    if (admitsMore) this.#resumeRequest();
    else this.#pauseRequest();
  }

  onAttemptPoolFailure(_attempt: UpstreamAttempt, failure: PoolFailure): void {
    const { info } = this.#stream;
    if (failure.kind === "connect-failure") {
      info.upstreamHost = failure.host;
      info.upstreamTransportFailure = failure.detail;
      this.#triedHosts.push(failure.host);
      this.#target.cluster.reportResult(failure.host, "local-failure");
    }
    const outcome: TryOutcome = { kind: failure.kind };
    if (this.#tryAgain(outcome)) return;
    this.#fail(poolFailureReply(failure, this.#retry.count > 0));
  }

  onAttemptInformational(head: ResponseHead): void {
    this.#stream.sendInformational(head);
  }

  onAttemptHead(attempt: UpstreamAttempt, head: ResponseHead, endStream: boolean): void {
    const { cluster, decision, options } = this.#target;
    const { info } = this.#stream;
    const nowMs = this.#deps.clock.nowMs();
    if (attempt.host !== undefined) cluster.reportResult(attempt.host, head.status);
    const outcome: TryOutcome = { kind: "response", status: head.status, headers: head.headers };
    if (this.#tryAgain(outcome)) return;
    this.#body.stopKeeping();
    this.#retry.end();
    info.upstreamResponseStartMs = nowMs;
    info.responseCodeDetails = "via_upstream";
    if (options.addsEnvoyHeaders) {
      const sinceMs = info.requestEndMs < 0 ? info.startMs : info.requestEndMs;
      head.headers.set(
        "x-envoy-upstream-service-time",
        String(Math.max(0, Math.floor(nowMs - sinceMs))),
      );
    }
    if (decision.route.virtualHost.includeAttemptCountInResponse) {
      head.headers.set("x-envoy-attempt-count", String(info.attemptCount));
    }
    applyHeaderMutations(decision.responseMutations, head.headers, info);
    if (endStream) info.upstreamResponseEndMs = nowMs;
    this.#stream.sendResponseHeaders(head, endStream);
  }

  onAttemptData(chunk: Buffer, endStream: boolean): void {
    if (endStream) this.#stream.info.upstreamResponseEndMs = this.#deps.clock.nowMs();
    if (!this.#stream.sendResponseData(chunk, endStream)) this.#attempt?.pauseReading();
  }

  onAttemptTrailers(trailers: HeaderMap): void {
    this.#stream.info.upstreamResponseEndMs = this.#deps.clock.nowMs();
    this.#stream.sendResponseTrailers(trailers);
  }

  onAttemptReset(attempt: UpstreamAttempt, reason: ResetReason, detail: string): void {
    const { info } = this.#stream;
    if (attempt.host !== undefined) {
      this.#target.cluster.reportResult(attempt.host, "local-failure");
    }
    info.upstreamTransportFailure = detail;
    if (attempt.hasResponse) {
      info.addFlag(resetReply(reason, detail).flag ?? "UC");
      info.responseCodeDetails = `upstream_reset_after_response_started{${reason}}`;
      this.#stream.resetResponse();
      return;
    }
    const outcome: TryOutcome = {
      kind: "reset",
      wasSent: reason !== "refused-stream",
      isRefused: reason === "refused-stream",
    };
    if (!this.#tryAgain(outcome)) {
      this.#fail(resetReply(reason, detail, this.#retry.count > 0));
    }
  }

  onAttemptTimeout(attempt: UpstreamAttempt): void {
    if (attempt.host !== undefined) this.#target.cluster.reportResult(attempt.host, 504);
    attempt.abandon();
    if (!this.#tryAgain({ kind: "per-try-timeout" })) this.#fail(PER_TRY_TIMEOUT);
  }

  onAttemptWritable(): void {
    this.#resumeRequest();
  }

  onAttemptThrew(thrown: unknown): void {
    this.#retry.end();
    this.#stream.fail(thrown);
  }

  #openAttempt(): void {
    const { info } = this.#stream;
    const { cluster, request, action, decision } = this.#target;
    info.attemptCount += 1;
    if (decision.route.virtualHost.includeRequestAttemptCount) {
      request.headers.set("x-envoy-attempt-count", String(info.attemptCount));
    }
    const attempt = new UpstreamAttempt(this, cluster, this.#deps.clock);
    this.#attempt = attempt;
    attempt.open(request, this.#body.isEmpty, this.#loadBalancingContext(action));
  }

  #announceTimeout(): void {
    const { request, action, options } = this.#target;
    const { info } = this.#stream;
    const timeoutMs = expectedTimeoutMs({
      routeMs: this.#routeMs,
      perTryMs: this.#retry.perTryTimeoutMs,
      elapsedMs: info.requestEndMs < 0 ? 0 : this.#deps.clock.nowMs() - info.requestEndMs,
    });
    if (timeoutMs === undefined) return;
    setTimeoutHeaders(request.headers, timeoutMs, {
      envoy: options.addsEnvoyHeaders,
      grpc: action.grpcTimeoutMaxMs !== undefined && info.isGrpc,
    });
  }

  #loadBalancingContext(action: ForwardAction): LoadBalancingContext {
    const { local } = this.#stream.info.connection;
    return {
      triedHosts: action.retry?.avoidsPreviousHosts === true ? this.#triedHosts : NO_HOSTS,
      hostSelectionAttempts: action.retry?.hostSelectionAttempts ?? 1,
      originalDestination: `${local.address}:${local.port}`,
    };
  }

  #onRequestEnd(): void {
    if (this.#attempt?.isReady !== true) return;
    this.#stream.info.upstreamRequestEndMs = this.#deps.clock.nowMs();
    this.#attempt.armTimeout(this.#retry.perTryTimeoutMs);
  }

  /** True when another try is on its way. */
  #tryAgain(outcome: TryOutcome): boolean {
    if (this.#isCancelled) return true;
    const verdict = this.#retry.decide(outcome, this.#body.isComplete);
    if (verdict !== "retry") {
      if (verdict === "exhausted") this.#stream.info.addFlag("URX");
      if (verdict === "overflow") this.#stream.info.addFlag("UO");
      return false;
    }
    this.#attempt?.abandon();
    this.#attempt = undefined;
    const delayMs = backoffMs(this.#retry.backoff, this.#retry.count, this.#deps.random);
    this.#backoff = this.#deps.clock.schedule(delayMs, () => {
      this.#announceTimeout();
      this.#openAttempt();
    });
    return true;
  }

  #fail(reply: LocalReply): void {
    this.#retry.end();
    this.#stream.sendLocalReply(reply);
  }

  #pauseRequest(): void {
    if (this.#isRequestPaused) return;
    this.#isRequestPaused = true;
    this.#stream.pauseRequest();
  }

  #resumeRequest(): void {
    if (!this.#isRequestPaused) return;
    this.#isRequestPaused = false;
    this.#stream.resumeRequest();
  }
}

const NO_HOSTS: readonly Host[] = [];
