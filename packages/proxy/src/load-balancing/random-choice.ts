import type { Random } from "@weft/core";
import type { LoadBalancer, WeightedHost } from "./load-balancer.ts";

/** Any host, with a chance in proportion to its weight. */
export class RandomChoice<H extends WeightedHost> implements LoadBalancer<H> {
  readonly #hosts: readonly H[];
  readonly #random: Random;
  readonly #totalWeight: number;
  readonly #areWeightsEqual: boolean;

  constructor(hosts: readonly H[], random: Random) {
    this.#hosts = hosts;
    this.#random = random;
    this.#totalWeight = hosts.reduce((sum, host) => sum + host.weight, 0);
    this.#areWeightsEqual = hosts.every(({ weight }) => weight === hosts[0]?.weight);
  }

  pick(): H | undefined {
    if (this.#areWeightsEqual) return this.#hosts[Math.floor(this.#random() * this.#hosts.length)];
    let rest = this.#random() * this.#totalWeight;
    for (const host of this.#hosts) {
      rest -= host.weight;
      if (rest < 0) return host;
    }
    return this.#hosts.at(-1);
  }
}
