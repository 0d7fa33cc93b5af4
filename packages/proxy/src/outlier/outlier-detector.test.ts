import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { OutlierDetectionSchema } from "@weft/api/envoy/config/cluster/v3/outlier_detection_pb.js";
import { ConfigError } from "@weft/core";
import { createFakeClock } from "@weft/testing";
import { type OutlierConfig, parseOutlierDetection } from "./outlier-config.ts";
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
  consecutive5xx: 3,
  consecutiveGatewayFailures: 0,
  consecutiveLocalFailures: 2,
  splitsLocalErrors: false,
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectionPercent: 100,
  alwaysEjectsOne: false,
};

function setUp(changes: Partial<OutlierConfig> = {}, hostCount = 2) {
  const clock = createFakeClock();
  const counts = { changed: 0, overflow: 0, ejected: 0 };
  const detector = new OutlierDetector<FakeHost>({ ...CONFIG, ...changes }, clock, {
    onHostsChanged: () => (counts.changed += 1),
    onOverflow: () => (counts.overflow += 1),
    onEjected: () => (counts.ejected += 1),
  });
  const hosts = Array.from({ length: hostCount }, () => new FakeHost());
  detector.applyHosts(hosts);
  const [first = new FakeHost(), second = new FakeHost()] = hosts;
  const fail = (host: FakeHost, count: number) => {
    for (let left = count; left > 0; left -= 1) detector.report(host, 503);
  };
  return { clock, counts, detector, first, second, fail };
}

describe("outlier detection", () => {
  test("ejects after the threshold in a row, not one before", () => {
    const { detector, first, fail, counts } = setUp();
    fail(first, 2);
    assert.equal(first.ejectedUntilMs, undefined);
    detector.report(first, 503);
    assert.equal(first.ejectedUntilMs, 30_000);
    assert.deepEqual(counts, { changed: 1, overflow: 0, ejected: 1 });
  });

  test("a good answer begins the count anew", () => {
    const { detector, first, fail } = setUp();
    fail(first, 2);
    detector.report(first, 200);
    fail(first, 2);
    assert.equal(first.ejectedUntilMs, undefined);
  });

  test("lets back in at the first tick after the time", () => {
    const { clock, first, fail } = setUp({ baseEjectionMs: 15_000 });
    fail(first, 3);
    clock.advanceMs(10_000);
    assert.notEqual(first.ejectedUntilMs, undefined);
    clock.advanceMs(10_000);
    assert.equal(first.ejectedUntilMs, undefined);
  });

  test("each ejection lasts one base longer, up to the maximum", () => {
    const { clock, first, fail } = setUp({ baseEjectionMs: 10_000, maxEjectionMs: 15_000 });
    fail(first, 3);
    assert.equal(first.ejectedUntilMs, 10_000);
    clock.advanceMs(10_000);
    fail(first, 3);
    assert.equal(first.ejectedUntilMs, 25_000);
  });

  test("ejects no more than the allowed share", () => {
    const { first, second, fail, counts } = setUp({ maxEjectionPercent: 50 });
    fail(first, 3);
    fail(second, 3);
    assert.equal(second.ejectedUntilMs, undefined);
    assert.equal(counts.overflow, 1);
  });

  test("a share of less than one host ejects nobody, unless one may always go", () => {
    const strict = setUp({ maxEjectionPercent: 10 });
    strict.fail(strict.first, 3);
    assert.equal(strict.first.ejectedUntilMs, undefined);
    const lenient = setUp({ maxEjectionPercent: 10, alwaysEjectsOne: true });
    lenient.fail(lenient.first, 3);
    assert.notEqual(lenient.first.ejectedUntilMs, undefined);
  });

  test("our own failures count as 5xx, or by themselves when split off", () => {
    const joint = setUp();
    for (let left = 3; left > 0; left -= 1) joint.detector.report(joint.first, "local-failure");
    assert.notEqual(joint.first.ejectedUntilMs, undefined);
    const split = setUp({ splitsLocalErrors: true });
    for (let left = 2; left > 0; left -= 1) split.detector.report(split.first, "local-failure");
    assert.notEqual(split.first.ejectedUntilMs, undefined);
  });

  test("500 is no gateway failure", () => {
    const { detector, first } = setUp({ consecutive5xx: 0, consecutiveGatewayFailures: 2 });
    for (const status of [502, 500, 504]) detector.report(first, status);
    assert.equal(first.ejectedUntilMs, undefined);
    detector.report(first, 503);
    assert.notEqual(first.ejectedUntilMs, undefined);
  });
});

describe("outlier configuration", () => {
  const parse = (init: Parameters<typeof create<typeof OutlierDetectionSchema>>[1]) =>
    parseOutlierDetection(create(OutlierDetectionSchema, init));

  test("has Envoy's defaults", () => {
    const config = parse({});
    assert.equal(config?.consecutive5xx, 5);
    assert.equal(config?.consecutiveGatewayFailures, 0);
    assert.equal(config?.maxEjectionPercent, 10);
  });

  test("reads what is given", () => {
    const config = parse({
      consecutive5xx: 7,
      consecutiveGatewayFailure: 2,
      enforcingConsecutiveGatewayFailure: 100,
      enforcingConsecutive5xx: 0,
      interval: { seconds: 1n },
      baseEjectionTime: { seconds: 400n },
      maxEjectionPercent: 100,
      splitExternalLocalOriginErrors: true,
    });
    assert.deepEqual(config, {
      consecutive5xx: 0,
      consecutiveGatewayFailures: 2,
      consecutiveLocalFailures: 5,
      splitsLocalErrors: true,
      intervalMs: 1000,
      baseEjectionMs: 400_000,
      maxEjectionMs: 400_000,
      maxEjectionPercent: 100,
      alwaysEjectsOne: false,
    });
  });

  for (const [init, field] of [
    [{ interval: { seconds: 0n } }, "interval"],
    [{ interval: { seconds: -1n } }, "interval"],
    [{ baseEjectionTime: { seconds: 0n } }, "base_ejection_time"],
    [{ maxEjectionTime: { seconds: 0n } }, "max_ejection_time"],
    [{ maxEjectionPercent: 101 }, "max_ejection_percent"],
    [{ enforcingFailurePercentage: 1 }, "enforcing_failure_percentage"],
  ] as const) {
    test(`refuses a ${field} that cannot be`, () => {
      assert.throws(() => parse(init), {
        name: "ConfigError",
        field: `outlier_detection.${field}`,
      });
    });
  }

  test("refuses an enforcing percentage between none and all", () => {
    assert.throws(() => parse({ enforcingConsecutive5xx: 50 }), { name: "ConfigError" });
  });

  test("refuses success rates when they are asked for", () => {
    assert.throws(
      () => parse({ enforcingSuccessRate: 100 }),
      (error) =>
        error instanceof ConfigError && error.field === "outlier_detection.enforcing_success_rate",
    );
    assert.doesNotThrow(() => parse({ enforcingSuccessRate: 0 }));
  });
});
