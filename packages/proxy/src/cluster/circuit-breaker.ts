import type { CircuitBreakers } from "@weft/api/envoy/config/cluster/v3/circuit_breaker_pb.js";

/** Envoy's thresholds of priority DEFAULT. */
export interface CircuitBreakerConfig {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  readonly maxRetries: number;
}

/** Reads thresholds; absent ones are Envoy's 1024, and 3 retries. */
export function parseCircuitBreakers(breakers: CircuitBreakers | undefined): CircuitBreakerConfig {
  const thresholds = breakers?.thresholds.find(({ priority }) => priority === 0);
  return {
    maxConnections: thresholds?.maxConnections ?? 1024,
    maxPendingRequests: thresholds?.maxPendingRequests ?? 1024,
    maxRequests: thresholds?.maxRequests ?? 1024,
    maxRetries: thresholds?.maxRetries ?? 3,
  };
}

/** One limited resource: how many are taken, and how many may be. */
export class Slots {
  readonly max: number;
  #taken = 0;

  constructor(max: number) {
    this.max = max;
  }

  get taken(): number {
    return this.#taken;
  }

  /** True takes a slot, to be given back by `release`. */
  tryTake(): boolean {
    if (this.#taken >= this.max) return false;
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
  return {
    connections: new Slots(config.maxConnections),
    pendingRequests: new Slots(config.maxPendingRequests),
    requests: new Slots(config.maxRequests),
    retries: new Slots(config.maxRetries),
  };
}
