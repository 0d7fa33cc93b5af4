import assert from "node:assert/strict";
import type { Random } from "@weft/core";
import type { LoadBalancer, WeightedHost } from "./load-balancer.ts";

/**
 * Of `choiceCount` hosts drawn at random, takes the one with the least work per unit of weight.
 *
 * Why not scan every host: proxies that all see the same minimum all send to it at once. Two random
 * choices keep nearly all the benefit without the herd (Mitzenmacher, "The Power of Two Choices").
 * Unlike Envoy, unequal weights use the same rule instead of a schedule of deadlines.
 */
export class LeastRequest<H extends WeightedHost> implements LoadBalancer<H> {
  readonly #hosts: readonly H[];
  readonly #choiceCount: number;
  readonly #random: Random;

  constructor(
    hosts: readonly H[],
    options: { readonly choiceCount: number; readonly random: Random },
  ) {
    assert(options.choiceCount >= 2);
    this.#hosts = hosts;
    this.#choiceCount = options.choiceCount;
    this.#random = options.random;
  }

  pick(): H | undefined {
    let best: H | undefined;
    for (let choice = 0; choice < this.#choiceCount; choice += 1) {
      const host = this.#hosts[Math.floor(this.#random() * this.#hosts.length)];
      if (host === undefined) return undefined;
      if (best === undefined || load(host) < load(best)) best = host;
    }
    return best;
  }
}

/** Requests per unit of weight, this one included: an idle heavy host beats an idle light one. */
function load(host: WeightedHost): number {
  return (host.activeRequests + 1) / host.weight;
}
