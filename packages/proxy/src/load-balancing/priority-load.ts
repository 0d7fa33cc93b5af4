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
  overprovisioningPercent: number,
): readonly number[] {
  const health = levels.map((level) => availability(level, overprovisioningPercent));
  const totalHealth = totalAvailability(levels, overprovisioningPercent);
  if (totalHealth === 0) return levels.map(() => 0);
  let rest = 100;
  const loads = health.map((each) => {
    const load = Math.min(rest, Math.floor((each * 100) / totalHealth));
    rest -= load;
    return load;
  });
  // Rounding must not lose requests: what is left goes to the first level with any health.
  const first = health.findIndex((each) => each > 0);
  return loads.map((load, index) => (index === first ? load + rest : load));
}

/** How much of all requests the levels together are fit for; 100 is all of them. */
export function totalAvailability(
  levels: readonly PriorityHealth[],
  overprovisioningPercent: number,
): number {
  const sum = levels.reduce(
    (total, level) => total + availability(level, overprovisioningPercent),
    0,
  );
  return Math.min(100, sum);
}

function availability(
  { healthyCount, totalCount }: PriorityHealth,
  overprovisioningPercent: number,
): number {
  if (totalCount === 0) return 0;
  return Math.min(100, Math.floor((overprovisioningPercent * healthyCount) / totalCount));
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
