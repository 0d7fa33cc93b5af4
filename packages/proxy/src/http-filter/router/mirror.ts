import type { Host, StreamOpener } from "../../cluster/cluster.ts";
import type { ClientStream, RequestHead } from "../../codec/codec.ts";
import type { HeaderMap } from "../../http/header-map.ts";
import type { HttpDeps } from "../../http/http-deps.ts";
import type { MirrorPolicy } from "../../route/action/mirror-policy.ts";
import { withoutPort } from "../../route/match/domain-index.ts";
import { drawFraction } from "../../route/match/fraction.ts";
import type { UpstreamWork } from "./forwarding.ts";

/** A copy that lags further behind than this is given up: mirroring must not cost the request. */
const MAX_WAITING_BYTES = 1024 * 1024;
const NO_HOSTS: readonly Host[] = [];

/** Opens one copy for each policy whose draw says so; what they answer is thrown away. */
export function startMirrors(
  policies: readonly MirrorPolicy[],
  request: RequestHead,
  endStream: boolean,
  deps: HttpDeps,
): readonly UpstreamWork[] {
  const mirrors: UpstreamWork[] = [];
  for (const policy of policies) {
    if (policy.fraction !== undefined && !drawFraction(policy.fraction, deps.random)) continue;
    const cluster = deps.clusters.cluster(policy.cluster);
    if (cluster === undefined) continue;
    const copy: RequestHead = {
      ...request,
      headers: request.headers.copy(),
      authority: policy.appendsShadowSuffix ? shadowAuthority(request) : request.authority,
    };
    const mirror = new Mirror();
    cluster.openStream(
      copy,
      endStream,
      { triedHosts: NO_HOSTS, hostSelectionAttempts: 1, originalDestination: undefined },
      mirror,
    );
    if (!endStream) mirrors.push(mirror);
  }
  return mirrors;
}

/** `reviews:9080` → `reviews-shadow:9080`. */
function shadowAuthority(request: RequestHead): string {
  const host = withoutPort(request.authority);
  return `${host}-shadow${request.authority.slice(host.length)}`;
}

/**
 * One copy on its way: fire and forget.
 *
 *   request ─► [waiting, while there is no connection or the connection takes no more] ─► stream
 */
class Mirror implements StreamOpener, UpstreamWork {
  #stream: ClientStream | undefined;
  #waiting: { readonly chunk: Buffer; readonly endStream: boolean }[] = [];
  #waitingBytes = 0;
  #trailers: HeaderMap | undefined;
  #admitsMore = false;
  #hasRequestEnded = false;
  #isOver = false;

  onPoolReady(stream: ClientStream): void {
    if (this.#isOver) {
      stream.reset();
      return;
    }
    this.#stream = stream;
    this.#admitsMore = true;
    this.#flush();
  }

  onWritable(): void {
    this.#admitsMore = true;
    this.#flush();
  }

  sendData(chunk: Buffer, endStream: boolean): void {
    if (this.#isOver) return;
    this.#waiting.push({ chunk, endStream });
    this.#waitingBytes += chunk.length;
    this.#hasRequestEnded = endStream;
    this.#flush();
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#giveUp();
  }

  sendTrailers(trailers: HeaderMap): void {
    this.#trailers = trailers;
    this.#hasRequestEnded = true;
    this.#flush();
  }

  #flush(): void {
    const stream = this.#stream;
    if (stream === undefined || this.#isOver) return;
    while (this.#admitsMore) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#waitingBytes -= next.chunk.length;
      this.#admitsMore = stream.sendData(next.chunk, next.endStream);
    }
    if (this.#trailers === undefined || this.#waiting.length > 0) return;
    stream.sendTrailers(this.#trailers);
    this.#trailers = undefined;
  }

  /** A copy that is whole goes its way, whatever becomes of the original. */
  cancel(): void {
    if (!this.#hasRequestEnded) this.#giveUp();
  }

  #giveUp(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#stream?.reset();
  }

  onPoolFailure(): void {
    this.#isOver = true;
  }

  onTrailers(): void {
    this.#isOver = true;
  }

  onReset(): void {
    this.#isOver = true;
  }

  onInformational(): void {}
  onHead(): void {}
  onData(): void {}
  onResponseWritable(): void {}
  onRouteTimeout(): void {}
}
