import type { Random } from "@weft/core";
import { pickUntried } from "../load-balancing/host-choice.ts";
import {
  createLoadBalancer,
  type LoadBalancer,
  type LoadBalancingPolicy,
} from "../load-balancing/load-balancer.ts";
import {
  type PriorityHealth,
  pickPriority,
  priorityLoads,
  totalAvailability,
} from "../load-balancing/priority-load.ts";
import type { LoadBalancingContext } from "./cluster.ts";
import type { UpstreamHost } from "./upstream-host.ts";

/** What choosing a host depends on besides the hosts. */
export interface HostSetConfig {
  readonly policy: LoadBalancingPolicy;
  readonly panicThresholdPercent: number;
  readonly overprovisioningPercent: number;
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
  const health = byPriority.map((level) => ({
    healthyCount: level.filter(({ isHealthy }) => isHealthy).length,
    totalCount: level.length,
  }));
  const panics = findPanics(health, config);
  const levels = byPriority.map((level, priority): Level => {
    const usable = panics[priority] === true ? level : level.filter(({ isHealthy }) => isHealthy);
    return { hosts: usable, balancer: createLoadBalancer(config.policy, usable, random) };
  });
  const usableLoads = panics.every((isPanic) => isPanic)
    ? panicLoads(byPriority)
    : priorityLoads(health, config.overprovisioningPercent);
  return {
    hosts,
    healthyCount: health.reduce((sum, { healthyCount }) => sum + healthyCount, 0),
    isInPanic: hosts.length > 0 && panics.includes(true),
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

/**
 * Whether each level is in panic: so few of its hosts are healthy that all are used. Never while the
 * levels together are fit for all requests, nor with a threshold of 0.
 * https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/panic_threshold
 */
function findPanics(
  levels: readonly PriorityHealth[],
  { panicThresholdPercent, overprovisioningPercent }: HostSetConfig,
): readonly boolean[] {
  const isFit = totalAvailability(levels, overprovisioningPercent) === 100;
  return levels.map(({ healthyCount, totalCount }) => {
    const healthyPercent = totalCount === 0 ? 0 : (100 * healthyCount) / totalCount;
    return !isFit && healthyPercent < panicThresholdPercent;
  });
}

/** With every level in panic, they share by their size. */
function panicLoads(levels: readonly (readonly UpstreamHost[])[]): readonly number[] {
  const total = levels.reduce((sum, level) => sum + level.length, 0);
  return levels.map((level) => (total === 0 ? 0 : (100 * level.length) / total));
}
