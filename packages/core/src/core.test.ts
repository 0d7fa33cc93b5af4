import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  backoffMs,
  ConfigError,
  parseDurationMs,
  parseSpiffeId,
  seededRandom,
  toSpiffeId,
} from "./index.ts";

describe("duration", () => {
  for (const [text, ms] of [
    ["0", 0],
    ["5s", 5000],
    ["1h30m", 5_400_000],
    ["2.5s", 2500],
    ["10ms", 10],
    ["1500us", 1.5],
  ] as const) {
    test(`reads ${text} as ${ms} ms`, () => assert.equal(parseDurationMs(text), ms));
  }
  for (const text of ["", "5", "-1s", "5 s", "s", "1d", "5s "]) {
    test(`refuses ${JSON.stringify(text)} and names the field`, () => {
      assert.throws(
        () => parseDurationMs(text, "timeout"),
        (error) => error instanceof ConfigError && error.field === "timeout",
      );
    });
  }
});

describe("SPIFFE id", () => {
  test("round-trips a workload's identity", () => {
    const identity = {
      trustDomain: "cluster.local",
      namespace: "default",
      serviceAccount: "reviews",
    };
    const id = toSpiffeId(identity);
    assert.deepEqual(parseSpiffeId(id), { ...identity, id });
  });
  for (const text of [
    "spiffe://A/ns/x/sa/y",
    "spiffe://a:1/ns/x/sa/y",
    "spiffe://a/ns/../sa/y",
    "spiffe://a/ns/x/sa/y?q",
    "spiffe://a/ns/x/sa/%41",
    "spiffe://a/ns/x/sa/y/z",
    "https://a/ns/x/sa/y",
    `spiffe://a/ns/x/sa/${"y".repeat(2049)}`,
  ]) {
    test(`refuses ${text.slice(0, 40)}`, () =>
      assert.throws(() => parseSpiffeId(text), ConfigError));
  }
});

describe("back-off", () => {
  test("grows by powers of two and stays under the cap", () => {
    const config = { baseMs: 25, maxMs: 250 };
    const almostOne = () => 0.999;
    assert.deepEqual(
      [1, 2, 3, 4, 40].map((attempt) => Math.round(backoffMs(config, attempt, almostOne))),
      [25, 75, 175, 250, 250],
    );
  });
});

test("seeded random repeats itself and stays in [0, 1)", () => {
  const [first, second] = [seededRandom(7), seededRandom(7)];
  for (let draw = 0; draw < 1000; draw += 1) {
    const value = first();
    assert.equal(value, second());
    assert(value >= 0 && value < 1);
  }
});
