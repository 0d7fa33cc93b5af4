import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FIRST_TRY } from "./fixture/cluster-fixture.ts";
import { buildHostSet, type HostSetConfig } from "./host-set.ts";
import { UpstreamHost } from "./upstream-host.ts";

const CONFIG: HostSetConfig = {
  policy: { kind: "round-robin" },
  panicThresholdPercent: 50,
  overprovisioningPercent: 140,
};

/** Hosts of one level, `healthyCount` of them healthy. */
function level(priority: number, totalCount: number, healthyCount: number): UpstreamHost[] {
  return Array.from({ length: totalCount }, (_, index) => {
    const isHealthy = index < healthyCount;
    const listenerName = `p${priority}-${isHealthy ? "well" : "ill"}-${index}`;
    return new UpstreamHost(
      {
        address: { kind: "internal", listenerName },
        hostname: "",
        weight: 1,
        priority,
        locality: { name: "", weight: 0 },
        metadata: {},
        isHealthy,
      },
      { kind: "raw" },
    );
  });
}

/** The share of picks in per cent, by priority and health: `{ "p0-well": 70, … }`. */
function shares(hosts: readonly UpstreamHost[], config: Partial<HostSetConfig> = {}) {
  let draw = 0;
  const set = buildHostSet(hosts, { ...CONFIG, ...config }, () => draw);
  const counts: Record<string, number> = {};
  // Every level gets whole rounds, so that each of its hosts is picked equally often.
  const perDraw = 12;
  for (let at = 0; at < 100; at += 1) {
    draw = (at + 0.5) / 100;
    for (let repeat = 0; repeat < perDraw; repeat += 1) {
      const name = set.pick(FIRST_TRY)?.address.replace(/-\d+$/, "") ?? "none";
      counts[name] = (counts[name] ?? 0) + 1 / perDraw;
    }
  }
  for (const name of Object.keys(counts)) counts[name] = Math.round(counts[name] ?? 0);
  return { counts, isInPanic: set.isInPanic };
}

describe("priorities and panic", () => {
  for (const [title, hosts, config, want, isInPanic] of [
    ["one healthy level", level(0, 4, 4), {}, { "p0-well": 100 }, false],
    ["unhealthy hosts are left out", level(0, 4, 3), {}, { "p0-well": 100 }, false],
    ["half healthy is no panic yet", level(0, 4, 2), {}, { "p0-well": 100 }, false],
    ["below half all are used", level(0, 4, 1), {}, { "p0-well": 25, "p0-ill": 75 }, true],
    ["none healthy: all are used", level(0, 4, 0), {}, { "p0-ill": 100 }, true],
    [
      "a threshold of 0 is no panic",
      level(0, 4, 1),
      { panicThresholdPercent: 0 },
      { "p0-well": 100 },
      false,
    ],
    [
      "a threshold of 0 and none healthy: nobody",
      level(0, 4, 0),
      { panicThresholdPercent: 0 },
      { none: 100 },
      false,
    ],
    [
      "a high threshold is no panic while health is provisioned for",
      level(0, 4, 3),
      { panicThresholdPercent: 90 },
      { "p0-well": 100 },
      false,
    ],
    [
      "a smaller overprovisioning makes it one",
      level(0, 4, 3),
      { panicThresholdPercent: 90, overprovisioningPercent: 100 },
      { "p0-well": 75, "p0-ill": 25 },
      true,
    ],
    [
      "the next level rests while the first is fit",
      [...level(0, 4, 3), ...level(1, 4, 4)],
      {},
      { "p0-well": 100 },
      false,
    ],
    [
      "the next level takes what the first cannot",
      [...level(0, 4, 2), ...level(1, 4, 4)],
      {},
      { "p0-well": 70, "p1-well": 30 },
      false,
    ],
    [
      "how much that is follows the overprovisioning factor",
      [...level(0, 4, 2), ...level(1, 4, 4)],
      { overprovisioningPercent: 100 },
      { "p0-well": 50, "p1-well": 50 },
      false,
    ],
    [
      "a level far below the threshold does not panic while another is fit",
      [...level(0, 4, 1), ...level(1, 4, 4)],
      {},
      { "p0-well": 35, "p1-well": 65 },
      false,
    ],
    [
      "a level may panic by itself when together they are not fit",
      [...level(0, 4, 0), ...level(1, 4, 2)],
      {},
      { "p1-well": 100 },
      true,
    ],
    [
      "all levels in panic share by size",
      [...level(0, 1, 0), ...level(1, 3, 0)],
      {},
      { "p0-ill": 25, "p1-ill": 75 },
      true,
    ],
    ["an empty first level", level(1, 2, 2), {}, { "p1-well": 100 }, false],
    ["no hosts", [], {}, { none: 100 }, false],
  ] as const) {
    test(title, () => assert.deepEqual(shares(hosts, config), { counts: want, isInPanic }));
  }

  test("a host that was ejected counts as unhealthy", () => {
    const hosts = level(0, 2, 2);
    hosts[0]?.eject(1);
    assert.deepEqual(shares(hosts).counts, { "p0-well": 100 });
    assert.equal(buildHostSet(hosts, CONFIG, () => 0).healthyCount, 1);
  });
});
