import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "@weft/core";
import { pickUntried } from "./host-choice.ts";
import { createLoadBalancer, type LoadBalancingPolicy } from "./load-balancer.ts";
import { pickPriority, priorityLoads } from "./priority-load.ts";

interface FakeHost {
  readonly name: string;
  readonly weight: number;
  activeRequests: number;
}

const host = (name: string, weight = 1, activeRequests = 0): FakeHost => ({
  name,
  weight,
  activeRequests,
});

/** How often each host is picked in `count` picks. */
function tally(
  policy: LoadBalancingPolicy,
  hosts: readonly FakeHost[],
  count: number,
): Record<string, number> {
  const balancer = createLoadBalancer(policy, hosts, seededRandom(1));
  const picked: Record<string, number> = {};
  for (let index = 0; index < count; index += 1) {
    const name = balancer.pick()?.name ?? "none";
    picked[name] = (picked[name] ?? 0) + 1;
  }
  return picked;
}

const POLICIES: readonly LoadBalancingPolicy[] = [
  { kind: "round-robin" },
  { kind: "random" },
  { kind: "least-request", choiceCount: 2 },
];

for (const policy of POLICIES) {
  describe(policy.kind, () => {
    test("picks nothing from nothing", () => {
      assert.deepEqual(tally(policy, [], 1), { none: 1 });
    });

    test("shares idle hosts by weight", () => {
      const picked = tally(policy, [host("a", 3), host("b", 1)], 4000);
      assert(Math.abs((picked.a ?? 0) - 3000) < 120, JSON.stringify(picked));
    });
  });
}

test("round robin: takes each host in turn", () => {
  const balancer = createLoadBalancer(
    { kind: "round-robin" },
    ["a", "b", "c"].map((n) => host(n)),
    () => 0,
  );
  const names = Array.from({ length: 6 }, () => balancer.pick()?.name);
  assert.deepEqual(names, ["a", "b", "c", "a", "b", "c"]);
});

test("round robin: interleaves unequal weights", () => {
  const hosts = [host("a", 5), host("b"), host("c")];
  const balancer = createLoadBalancer({ kind: "round-robin" }, hosts, () => 0);
  const names = Array.from({ length: 7 }, () => balancer.pick()?.name);
  assert.equal(names.join(""), "aabacaa");
});

test("least request: avoids a busy host whenever it was not drawn twice", () => {
  const picked = tally(
    { kind: "least-request", choiceCount: 2 },
    [host("a", 1, 50), host("b")],
    4000,
  );
  assert(Math.abs((picked.a ?? 0) - 1000) < 120, JSON.stringify(picked));
});

test("round robin: begins where the draw says, so that proxies do not all begin alike", () => {
  const hosts = ["a", "b", "c"].map((name) => host(name));
  const first = (draw: number) =>
    createLoadBalancer({ kind: "round-robin" }, hosts, () => draw).pick()?.name;
  assert.deepEqual([0, 0.34, 0.99].map(first), ["a", "b", "c"]);
});

test("round robin: weights in the millions are shared exactly, and begin at once", () => {
  const hosts = [host("a", 3_000_000_000), host("b", 1_000_000_000)];
  const balancer = createLoadBalancer({ kind: "round-robin" }, hosts, () => 0.999);
  const names = Array.from({ length: 8 }, () => balancer.pick()?.name);
  assert.deepEqual(names.toSorted().join(""), "aaaaaabb");
});

describe("least request", () => {
  for (const [title, hosts, draws, want] of [
    ["the idler of two", [host("a", 1, 5), host("b", 1, 1)], [0, 0.99], "b"],
    ["the first drawn of equals", [host("a", 1, 2), host("b", 1, 2)], [0.99, 0], "b"],
    ["the one with less work for its weight", [host("a", 4, 3), host("b", 1, 1)], [0, 0.99], "a"],
    ["whichever was drawn twice", [host("a", 1, 9), host("b", 1, 0)], [0, 0.1], "a"],
  ] as const) {
    test(`takes ${title}`, () => {
      let next = 0;
      const random = () => draws[next++ % draws.length] ?? 0;
      const policy = { kind: "least-request", choiceCount: 2 } as const;
      assert.equal(createLoadBalancer(policy, hosts, random).pick()?.name, want);
    });
  }

  test("draws as often as it is told", () => {
    const draws = [0, 0.34, 0.67];
    const hosts = [host("a", 1, 3), host("b", 1, 2), host("c", 1, 1)];
    const policy = { kind: "least-request", choiceCount: 3 } as const;
    assert.equal(createLoadBalancer(policy, hosts, () => draws.shift() ?? 0).pick()?.name, "c");
  });
});

describe("random choice", () => {
  for (const [draw, want] of [
    [0, "a"],
    [0.7499, "a"],
    [0.75, "b"],
    [0.9999, "b"],
  ] as const) {
    test(`a draw of ${draw} over weights 3 and 1 is ${want}`, () => {
      const balancer = createLoadBalancer(
        { kind: "random" },
        [host("a", 3), host("b")],
        () => draw,
      );
      assert.equal(balancer.pick()?.name, want);
    });
  }
});

describe("previous hosts", () => {
  const hosts = ["a", "b", "c"];

  test("a host that was tried is drawn again only when no other is left", () => {
    assert.equal(
      pickUntried(() => "a", hosts, ["a"], 1),
      "b",
    );
    assert.equal(
      pickUntried(() => "a", hosts, ["a", "b", "c"], 5),
      "a",
    );
  });

  test("draws as often as allowed before it scans", () => {
    const draws = ["a", "a", "c"];
    assert.equal(
      pickUntried(() => draws.shift(), hosts, ["a"], 5),
      "c",
    );
  });
});

describe("priority load", () => {
  // The table of Envoy's page on priorities: health of P0, P1 → traffic to each.
  for (const [p0, p1, loads] of [
    [100, 100, [100, 0]],
    [72, 100, [100, 0]],
    [71, 100, [99, 1]],
    [50, 100, [70, 30]],
    [25, 100, [35, 65]],
    [0, 100, [0, 100]],
    [25, 25, [50, 50]],
    // 33.3 and 66.7: shares are cut, and the first level gets the rest.
    [10, 20, [34, 66]],
    [0, 0, [0, 0]],
  ] as const) {
    test(`${p0} % and ${p1} % healthy give ${loads.join(" and ")}`, () => {
      const levels = [p0, p1].map((healthyCount) => ({ healthyCount, totalCount: 100 }));
      assert.deepEqual(priorityLoads(levels, 140), loads);
    });
  }

  test("what rounding leaves goes to the first level with any health", () => {
    const level = (healthyCount: number) => ({ healthyCount, totalCount: 100 });
    assert.deepEqual(priorityLoads([0, 20, 20, 20].map(level), 140), [0, 34, 33, 33]);
  });

  test("a level without hosts gets nothing", () => {
    const levels = [
      { healthyCount: 0, totalCount: 0 },
      { healthyCount: 1, totalCount: 1 },
    ];
    assert.deepEqual(priorityLoads(levels, 140), [0, 100]);
  });

  test("a draw falls into the level whose share covers it", () => {
    assert.deepEqual(
      [0, 0.69, 0.7, 0.99].map((draw) => pickPriority([70, 30], draw)),
      [0, 0, 1, 1],
    );
  });
});
