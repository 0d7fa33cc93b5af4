import type {
  CircuitBreakers,
  CircuitBreakers_Thresholds_RetryBudget,
} from "@weft/api/envoy/config/cluster/v3/circuit_breaker_pb.js";
import { ConfigError } from "@weft/core";

/** Envoy's thresholds of priority DEFAULT. */
export interface CircuitBreakerConfig {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  readonly maxRetries: number;
  /** Takes the place of `maxRetries`. */
  readonly retryBudget: RetryBudget | undefined;
}

/** How many retries may run at a time, by what else runs. */
export interface RetryBudget {
  /** Of requests active and waiting. */
  readonly percent: number;
  readonly minRetries: number;
}

/** Reads thresholds; absent ones are Envoy's 1024, and 3 retries. Throws `ConfigError`. */
export function parseCircuitBreakers(breakers: CircuitBreakers | undefined): CircuitBreakerConfig {
  if ((breakers?.perHostThresholds.length ?? 0) > 0)
    throw new ConfigError("circuit_breakers.per_host_thresholds", "is not supported");
  const thresholds = breakers?.thresholds.find(({ priority }) => priority === 0);
  return {
    maxConnections: thresholds?.maxConnections ?? 1024,
    maxPendingRequests: thresholds?.maxPendingRequests ?? 1024,
    maxRequests: thresholds?.maxRequests ?? 1024,
    maxRetries: thresholds?.maxRetries ?? 3,
    retryBudget: parseRetryBudget(thresholds?.retryBudget),
  };
}

function parseRetryBudget(
  budget: CircuitBreakers_Thresholds_RetryBudget | undefined,
): RetryBudget | undefined {
  if (budget === undefined) return undefined;
  const percent = budget.budgetPercent?.value ?? 20;
  if (!(percent >= 0 && percent <= 100))
    throw new ConfigError(
      "circuit_breakers.thresholds.retry_budget.budget_percent",
      "must be within 0 to 100",
    );
  return { percent, minRetries: budget.minRetryConcurrency ?? 3 };
}

/** One limited resource: how many are taken, and how many may be. */
export class Slots {
  readonly #max: number | (() => number);
  #taken = 0;

  /** A limit that depends on something else is a function. */
  constructor(max: number | (() => number)) {
    this.#max = max;
  }

  get max(): number {
    return typeof this.#max === "number" ? this.#max : this.#max();
  }

  get isFull(): boolean {
    return this.#taken >= this.max;
  }

  get taken(): number {
    return this.#taken;
  }

  /** True takes a slot, to be given back by `release`. */
  tryTake(): boolean {
    if (this.isFull) return false;
    this.#taken += 1;
    return true;
  }

  /** Takes one over the limit: a host without any connection may always make its first one. */
  take(): void {
    this.#taken += 1;
  }

  release(): void {
    this.#taken -= 1;
  }
}

/** What one cluster has in use, over all its hosts. */
export interface CircuitBreaker {
  readonly connections: Slots;
  readonly pendingRequests: Slots;
  readonly requests: Slots;
  readonly retries: Slots;
}

/** A breaker with nothing in use. */
export function createCircuitBreaker(config: CircuitBreakerConfig): CircuitBreaker {
  const { retryBudget } = config;
  const pendingRequests = new Slots(config.maxPendingRequests);
  const requests = new Slots(config.maxRequests);
  const budget = ({ percent, minRetries }: RetryBudget) =>
    Math.max(minRetries, Math.floor((percent / 100) * (requests.taken + pendingRequests.taken)));
  return {
    connections: new Slots(config.maxConnections),
    pendingRequests,
    requests,
    retries: new Slots(retryBudget === undefined ? config.maxRetries : () => budget(retryBudget)),
  };
}
