import type { Random } from "@weft/core";
import type { LoadBalancer, WeightedHost } from "./load-balancer.ts";

/**
 * Each host in turn, as often as its weight says, interleaved rather than in runs: weights 5, 1, 1
 * give A A B A C A A. The start is drawn, so that many proxies that learn of a change at the same
 * moment do not all begin with the same host.
 */
export class RoundRobin<H extends WeightedHost> implements LoadBalancer<H> {
  readonly #hosts: readonly H[];
  readonly #totalWeight: number;
  readonly #areWeightsEqual: boolean;
  /** How far each host is ahead of its share; the one furthest ahead is next and pays the total. */
  readonly #credit: number[];
  #nextIndex: number;

  constructor(hosts: readonly H[], random: Random) {
    this.#hosts = hosts;
    this.#totalWeight = hosts.reduce((sum, host) => sum + host.weight, 0);
    this.#areWeightsEqual = hosts.every(({ weight }) => weight === hosts[0]?.weight);
    this.#nextIndex = Math.floor(random() * hosts.length);
    this.#credit = hosts.map(() => 0);
    if (!this.#areWeightsEqual) {
      // As many turns as hosts, not as weight: weights may be in the millions.
      for (let turn = Math.floor(random() * hosts.length); turn > 0; turn -= 1) this.pick();
    }
  }

  pick(): H | undefined {
    return this.#areWeightsEqual ? this.#pickNext() : this.#pickByCredit();
  }

  #pickNext(): H | undefined {
    const host = this.#hosts[this.#nextIndex];
    this.#nextIndex = this.#nextIndex + 1 >= this.#hosts.length ? 0 : this.#nextIndex + 1;
    return host;
  }

  #pickByCredit(): H | undefined {
    let bestIndex = 0;
    let bestCredit = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < this.#credit.length; index += 1) {
      const credit = (this.#credit[index] ?? 0) + (this.#hosts[index]?.weight ?? 0);
      this.#credit[index] = credit;
      if (credit > bestCredit) {
        bestCredit = credit;
        bestIndex = index;
      }
    }
    this.#credit[bestIndex] = bestCredit - this.#totalWeight;
    return this.#hosts[bestIndex];
  }
}
