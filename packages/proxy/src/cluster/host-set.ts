import type { Random } from "@weft/core";
import { pickUntried } from "../load-balancing/host-choice.ts";
import {
  createLoadBalancer,
  type LoadBalancer,
  type LoadBalancingPolicy,
} from "../load-balancing/load-balancer.ts";
import { pickPriority, priorityLoads } from "../load-balancing/priority-load.ts";
import type { LoadBalancingContext } from "./cluster.ts";
import type { UpstreamHost } from "./upstream-host.ts";

/** What choosing a host depends on besides the hosts. */
export interface HostSetConfig {
  readonly policy: LoadBalancingPolicy;
  readonly panicThresholdPercent: number;
}

/**
 * A picture of a cluster's hosts at one moment, ready to pick from. Never changed: a change of
 * membership or health makes a new one, which is swapped in by reference.
 */
export interface HostSet {
  readonly hosts: readonly UpstreamHost[];
  readonly healthyCount: number;
  /** Some level has so few healthy hosts that all of them are used. */
  readonly isInPanic: boolean;
  /** `undefined`: no host may be used (`UH`). */
  pick(context: LoadBalancingContext): UpstreamHost | undefined;
}

/** One priority level, narrowed to what may be picked there. */
interface Level {
  readonly hosts: readonly UpstreamHost[];
  readonly balancer: LoadBalancer<UpstreamHost>;
}

/** The picture of `hosts` as they are now. */
export function buildHostSet(
  hosts: readonly UpstreamHost[],
  config: HostSetConfig,
  random: Random,
): HostSet {
  const byPriority = groupByPriority(hosts);
  const loads = priorityLoads(
    byPriority.map((level) => ({
      healthyCount: level.filter(({ isHealthy }) => isHealthy).length,
      totalCount: level.length,
    })),
  );
  const hasEnoughHealth = loads.some((load) => load > 0);
  let isInPanic = false;
  const levels = byPriority.map((level): Level => {
    const healthy = level.filter(({ isHealthy }) => isHealthy);
    // Panic counts only where no other level can stand in, and never with a threshold of 0.
    const isPanic =
      100 * healthy.length < config.panicThresholdPercent * level.length &&
      (byPriority.length === 1 || !hasEnoughHealth);
    isInPanic ||= isPanic;
    const usable = isPanic ? level : healthy;
    return { hosts: usable, balancer: createLoadBalancer(config.policy, usable, random) };
  });
  const usableLoads = hasEnoughHealth ? loads : panicLoads(byPriority);
  return {
    hosts,
    healthyCount: hosts.filter(({ isHealthy }) => isHealthy).length,
    isInPanic,
    pick(context) {
      const level = levels.length === 1 ? levels[0] : levels[pickPriority(usableLoads, random())];
      if (level === undefined) return undefined;
      return pickUntried(
        () => level.balancer.pick(),
        level.hosts,
        context.triedHosts,
        context.hostSelectionAttempts,
      );
    },
  };
}

function groupByPriority(hosts: readonly UpstreamHost[]): readonly (readonly UpstreamHost[])[] {
  const levels: UpstreamHost[][] = [];
  for (const host of hosts) {
    const { priority } = host.config;
    while (levels.length <= priority) levels.push([]);
    levels[priority]?.push(host);
  }
  return levels;
}

/** With nothing healthy anywhere, levels share by their size. */
function panicLoads(levels: readonly (readonly UpstreamHost[])[]): readonly number[] {
  const total = levels.reduce((sum, level) => sum + level.length, 0);
  return levels.map((level) => (total === 0 ? 0 : (100 * level.length) / total));
}
