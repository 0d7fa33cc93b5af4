import type { BackoffConfig } from "@weft/core";
import type { Cluster } from "../../cluster/cluster.ts";
import type { RequestHead } from "../../codec/codec.ts";
import { applyRetryHeaders } from "../../retry/retry-headers.ts";
import type { RetryPolicy } from "../../retry/retry-policy.ts";
import { allowsRetry, type TryOutcome } from "../../retry/retry-verdict.ts";
import { matchHeader } from "../../route/match/header-matcher.ts";

/** Counts the tries of one request against its policy and the cluster's breaker. */
export class RetryState {
  readonly #policy: RetryPolicy | undefined;
  readonly #cluster: Cluster;
  #holdsSlot = false;
  /** Retries so far. */
  count = 0;

  constructor(policy: RetryPolicy | undefined, request: RequestHead, cluster: Cluster) {
    const effective = applyRetryHeaders(policy, request);
    const isApplicable =
      effective !== undefined &&
      effective.conditions.size > 0 &&
      (effective.retriableRequestHeaders.length === 0 ||
        effective.retriableRequestHeaders.some((matcher) => matchHeader(matcher, request)));
    this.#policy = isApplicable ? effective : undefined;
    this.#perTryPolicy = effective;
    this.#cluster = cluster;
  }

  /** Per-try timeouts hold also where nothing may be retried. */
  readonly #perTryPolicy: RetryPolicy | undefined;

  get isEnabled(): boolean {
    return this.#policy !== undefined && this.#policy.maxRetries > 0;
  }

  get perTryTimeoutMs(): number {
    return this.#perTryPolicy?.perTryTimeoutMs ?? 0;
  }

  get backoff(): BackoffConfig {
    return this.#policy?.backoff ?? { baseMs: 25, maxMs: 250 };
  }

  /**
   * "retry" takes a slot of the breaker until the next `decide` or `end`. "exhausted": the policy would
   * have allowed it, but its number is used up. "overflow": the breaker is open.
   */
  decide(outcome: TryOutcome, isBodyComplete: boolean): "retry" | "no" | "exhausted" | "overflow" {
    this.end();
    const policy = this.#policy;
    if (policy === undefined || !allowsRetry(policy, outcome)) return "no";
    // A body that is gone cannot be sent again, however often the policy would; none was kept for 0.
    if (policy.maxRetries > 0 && !isBodyComplete) return "no";
    if (this.count >= policy.maxRetries) return "exhausted";
    if (!this.#cluster.tryRetry()) return "overflow";
    this.#holdsSlot = true;
    this.count += 1;
    return "retry";
  }

  /** Gives the slot back; idempotent. */
  end(): void {
    if (!this.#holdsSlot) return;
    this.#holdsSlot = false;
    this.#cluster.endRetry();
  }
}
