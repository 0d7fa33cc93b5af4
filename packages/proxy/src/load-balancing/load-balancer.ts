import type { Random } from "@weft/core";
import { LeastRequest } from "./least-request.ts";
import { RandomChoice } from "./random-choice.ts";
import { RoundRobin } from "./round-robin.ts";

/** What a policy looks at. */
export interface WeightedHost {
  /** At least 1. */
  readonly weight: number;
  readonly activeRequests: number;
}

/**
 * Chooses among one fixed list of hosts, already narrowed to those that may be picked (health,
 * priority, locality). A new list gets a new balancer, which is swapped in by reference. Called for
 * every request: no awaits, no allocation.
 */
export interface LoadBalancer<H extends WeightedHost> {
  /** `undefined` only when the list is empty; the router then replies 503 with flag `UH`. */
  pick(): H | undefined;
}

/** A policy and its parameters. */
export type LoadBalancingPolicy =
  | { readonly kind: "round-robin" }
  | { readonly kind: "random" }
  | { readonly kind: "least-request"; readonly choiceCount: number };

/** A balancer of that policy for these hosts. */
export function createLoadBalancer<H extends WeightedHost>(
  policy: LoadBalancingPolicy,
  hosts: readonly H[],
  random: Random,
): LoadBalancer<H> {
  switch (policy.kind) {
    case "round-robin":
      return new RoundRobin(hosts, random);
    case "random":
      return new RandomChoice(hosts, random);
    case "least-request":
      return new LeastRequest(hosts, { choiceCount: policy.choiceCount, random });
  }
}
