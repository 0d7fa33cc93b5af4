import assert from "node:assert/strict";
import type { Random } from "@weft/core";
import type { LoadBalancer, WeightedHost } from "./load-balancer.ts";
import { RandomChoice } from "./random-choice.ts";

/**
 * Of `choiceCount` hosts drawn at random (by weight), takes the one with the least work per unit of
 * weight; of equals the first drawn, so that an idle cluster is shared by weight.
 *
 * Why not scan every host: proxies that all see the same minimum all send to it at once. Two random
 * choices keep nearly all the benefit without the herd (Mitzenmacher, "The Power of Two Choices").
 * Unlike Envoy, unequal weights use the same rule instead of a schedule of deadlines.
 */
export class LeastRequest<H extends WeightedHost> implements LoadBalancer<H> {
  readonly #draw: RandomChoice<H>;
  readonly #choiceCount: number;

  constructor(
    hosts: readonly H[],
    options: { readonly choiceCount: number; readonly random: Random },
  ) {
    assert(options.choiceCount >= 2);
    this.#draw = new RandomChoice(hosts, options.random);
    this.#choiceCount = options.choiceCount;
  }

  pick(): H | undefined {
    let best: H | undefined;
    for (let choice = 0; choice < this.#choiceCount; choice += 1) {
      const host = this.#draw.pick();
      if (host === undefined) return undefined;
      if (best === undefined || load(host) < load(best)) best = host;
    }
    return best;
  }
}

function load(host: WeightedHost): number {
  return host.activeRequests / host.weight;
}
