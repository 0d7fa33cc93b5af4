import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFakeClock } from "@weft/testing";
import type { RequestResult } from "../cluster/cluster.ts";
import type { OutlierConfig } from "./outlier-config.ts";
import { type EjectableHost, OutlierDetector } from "./outlier-detector.ts";

class FakeHost implements EjectableHost {
  ejectedUntilMs: number | undefined;
  eject(untilMs: number): void {
    this.ejectedUntilMs = untilMs;
  }
  unEject(): void {
    this.ejectedUntilMs = undefined;
  }
}

const CONFIG: OutlierConfig = {
  consecutive5xx: 1,
  consecutiveGatewayFailures: 0,
  consecutiveLocalFailures: 0,
  splitsLocalErrors: false,
  intervalMs: 10_000,
  baseEjectionMs: 10_000,
  maxEjectionMs: 30_000,
  maxEjectionPercent: 100,
  alwaysEjectsOne: false,
};

function setUp(changes: Partial<OutlierConfig> = {}, hostCount = 1) {
  const clock = createFakeClock();
  const counts = { changed: 0, overflow: 0, ejected: 0 };
  const detector = new OutlierDetector<FakeHost>({ ...CONFIG, ...changes }, clock, {
    onHostsChanged: () => (counts.changed += 1),
    onOverflow: () => (counts.overflow += 1),
    onEjected: () => (counts.ejected += 1),
  });
  const hosts = Array.from({ length: hostCount }, () => new FakeHost());
  detector.applyHosts(hosts);
  const [host = new FakeHost()] = hosts;
  const report = (...results: RequestResult[]) => {
    for (const result of results) detector.report(host, result);
  };
  /** Ejects, and answers for how long. */
  const ejectedMs = () => {
    report(500);
    return (host.ejectedUntilMs ?? 0) - clock.nowMs();
  };
  return { clock, counts, detector, hosts, host, report, ejectedMs };
}

describe("what counts in a row", () => {
  const three: Partial<OutlierConfig> = { consecutive5xx: 3 };
  const gateway: Partial<OutlierConfig> = { consecutive5xx: 0, consecutiveGatewayFailures: 3 };
  const split: Partial<OutlierConfig> = {
    consecutive5xx: 3,
    consecutiveLocalFailures: 3,
    splitsLocalErrors: true,
  };
  for (const [title, config, results, want] of [
    ["499 is no server error", three, [499, 499, 499], false],
    ["500 and 599 are", three, [500, 599, 503], true],
    ["any other answer begins anew", three, [500, 500, 404, 500], false],
    ["our own failures count with the host's", three, [500, "local-failure", 500], true],
    [
      "a connection that stands begins anew",
      three,
      ["local-failure", "local-failure", "connected", "local-failure"],
      false,
    ],
    ["502, 503 and 504 are gateway failures", gateway, [502, 503, 504], true],
    ["501 and 505 are not", gateway, [502, 503, 501, 504, 505], false],
    ["our own failures are gateway failures", gateway, [502, "local-failure", 504], true],
    ["split: our own do not count with the host's", split, [500, "local-failure", 500], false],
    [
      "split: our own count by themselves",
      split,
      ["local-failure", "local-failure", "local-failure"],
      true,
    ],
    [
      "split: any answer begins our own anew",
      split,
      ["local-failure", "local-failure", 500, "local-failure"],
      false,
    ],
    ["a threshold of 0 is off", { consecutive5xx: 0 }, [500, 500, 500, 500, 500, 500], false],
  ] as const) {
    test(title, () => {
      const { host, report } = setUp(config);
      report(...results);
      assert.equal(host.ejectedUntilMs !== undefined, want);
    });
  }

  test("answers that still come from an ejected host change nothing", () => {
    const { host, report, counts, clock } = setUp();
    report(500);
    clock.advanceMs(5000);
    report(500, 200, 500);
    assert.deepEqual([host.ejectedUntilMs, counts.ejected], [10_000, 1]);
  });

  test("failures before an ejection do not count after it", () => {
    const { host, report, clock } = setUp({ consecutive5xx: 2 });
    report(500, 500, 500);
    clock.advanceMs(10_000);
    report(500);
    assert.equal(host.ejectedUntilMs, undefined);
  });
});

describe("how long", () => {
  test("a base more each time, up to the maximum", () => {
    const { ejectedMs, clock } = setUp();
    const durations = Array.from({ length: 5 }, () => {
      const durationMs = ejectedMs();
      clock.advanceMs(durationMs);
      return durationMs;
    });
    assert.deepEqual(durations, [10_000, 20_000, 30_000, 30_000, 30_000]);
  });

  test("each quiet interval takes one base off", () => {
    const { ejectedMs, clock } = setUp();
    clock.advanceMs(ejectedMs());
    clock.advanceMs(ejectedMs());
    // Let in at 30 s; quiet at 40 s.
    clock.advanceMs(10_000);
    assert.equal(ejectedMs(), 20_000);
  });

  test("many ejections are forgotten as soon as those that led to the maximum", () => {
    const { ejectedMs, clock } = setUp();
    for (let count = 0; count < 20; count += 1) clock.advanceMs(ejectedMs());
    clock.advanceMs(40_000);
    assert.equal(ejectedMs(), 10_000);
  });

  test("nobody is let in between intervals", () => {
    const { host, report, clock } = setUp({ intervalMs: 7000 });
    report(500);
    clock.advanceMs(13_999);
    assert.notEqual(host.ejectedUntilMs, undefined);
    clock.advanceMs(1);
    assert.equal(host.ejectedUntilMs, undefined);
  });
});

describe("how many", () => {
  for (const [percent, hostCount, want] of [
    [10, 9, 0],
    [10, 10, 1],
    [50, 5, 2],
    [99, 3, 2],
    [100, 3, 3],
    [0, 3, 0],
  ] as const) {
    test(`${percent} % of ${hostCount} are ${want}`, () => {
      const { detector, hosts, counts } = setUp({ maxEjectionPercent: percent }, hostCount);
      for (const host of hosts) detector.report(host, 500);
      assert.deepEqual(
        [counts.ejected, counts.overflow, counts.changed],
        [want, hostCount - want, want],
      );
    });
  }

  test("always one means one, not one more", () => {
    const { detector, hosts, counts } = setUp({ maxEjectionPercent: 10, alwaysEjectsOne: true }, 3);
    for (const host of hosts) detector.report(host, 500);
    assert.equal(counts.ejected, 1);
  });

  test("a host that left makes room", () => {
    const { detector, hosts, counts } = setUp({ maxEjectionPercent: 50 }, 2);
    const [first = new FakeHost(), second = new FakeHost()] = hosts;
    detector.report(first, 500);
    detector.report(second, 500);
    assert.equal(counts.ejected, 1);
    const third = new FakeHost();
    detector.applyHosts([second, third]);
    detector.report(second, 500);
    assert.equal(counts.ejected, 2);
  });

  test("a host that is not in the cluster is not judged", () => {
    const { detector, counts } = setUp();
    detector.report(new FakeHost(), 500);
    assert.equal(counts.ejected, 0);
  });

  test("a closed detector lets nobody in or out by itself", () => {
    const { detector, host, report, clock } = setUp();
    report(500);
    detector.close();
    clock.advanceMs(1_000_000);
    assert.notEqual(host.ejectedUntilMs, undefined);
  });
});
