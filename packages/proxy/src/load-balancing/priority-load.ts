/** Share of hosts one priority level can lose before the next one helps. */
const OVERPROVISIONING_FACTOR = 1.4;

/** How healthy one priority level is. */
export interface PriorityHealth {
  readonly healthyCount: number;
  readonly totalCount: number;
}

/**
 * Per cent of requests for each priority level, adding up to 100 (all 0 when nothing is healthy):
 * level 0 gets as much as its health allows, the next ones the rest.
 * https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/priority
 */
export function priorityLoads(
  levels: readonly PriorityHealth[],
  overprovisioningFactor = OVERPROVISIONING_FACTOR,
): readonly number[] {
  const health = levels.map(({ healthyCount, totalCount }) =>
    totalCount === 0
      ? 0
      : Math.min(100, Math.floor((overprovisioningFactor * 100 * healthyCount) / totalCount)),
  );
  const totalHealth = Math.min(
    100,
    health.reduce((sum, each) => sum + each, 0),
  );
  if (totalHealth === 0) return levels.map(() => 0);
  let rest = 100;
  const loads = health.map((each) => {
    const load = Math.min(rest, Math.round((each * 100) / totalHealth));
    rest -= load;
    return load;
  });
  // Rounding must not lose requests: what is left goes to the first level that takes any.
  const first = loads.findIndex((load) => load > 0);
  return loads.map((load, index) => (index === first ? load + rest : load));
}

/** The level for a draw in [0, 1). */
export function pickPriority(loads: readonly number[], draw: number): number {
  let rest = draw * 100;
  for (let priority = 0; priority < loads.length; priority += 1) {
    rest -= loads[priority] ?? 0;
    if (rest < 0) return priority;
  }
  return 0;
}
