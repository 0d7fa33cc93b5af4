import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { CircuitBreakersSchema } from "@weft/api/envoy/config/cluster/v3/circuit_breaker_pb.js";
import { createCircuitBreaker, parseCircuitBreakers } from "./circuit-breaker.ts";

const parse = (json: JsonObject) => parseCircuitBreakers(fromJson(CircuitBreakersSchema, json));

describe("thresholds", () => {
  test("of priority DEFAULT count, and not those of HIGH", () => {
    const config = parse({
      thresholds: [
        { priority: "HIGH", maxConnections: 1, maxRetries: 9 },
        { maxConnections: 2, maxRequests: 0 },
      ],
    });
    assert.deepEqual(config, {
      maxConnections: 2,
      maxPendingRequests: 1024,
      maxRequests: 0,
      maxRetries: 3,
      retryBudget: undefined,
    });
  });

  test("for HIGH alone leave DEFAULT at Envoy's defaults", () => {
    assert.equal(parse({ thresholds: [{ priority: "HIGH", maxRequests: 1 }] }).maxRequests, 1024);
  });

  for (const [json, field] of [
    [{ perHostThresholds: [{ maxConnections: 1 }] }, "circuit_breakers.per_host_thresholds"],
    [
      { thresholds: [{ retryBudget: { budgetPercent: { value: 101 } } }] },
      "circuit_breakers.thresholds.retry_budget.budget_percent",
    ],
  ] satisfies [JsonObject, string][]) {
    test(`${JSON.stringify(json)} is refused`, () => {
      assert.throws(() => parse(json), { name: "ConfigError", field });
    });
  }
});

describe("slots", () => {
  test("are taken up to the limit and given back", () => {
    const { requests } = createCircuitBreaker(parse({ thresholds: [{ maxRequests: 2 }] }));
    assert.deepEqual(
      [requests.tryTake(), requests.tryTake(), requests.tryTake()],
      [true, true, false],
    );
    requests.release();
    assert.equal(requests.tryTake(), true);
  });

  test("a limit of 0 admits nothing", () => {
    const { retries } = createCircuitBreaker(parse({ thresholds: [{ maxRetries: 0 }] }));
    assert.equal(retries.tryTake(), false);
  });
});

describe("retry budget", () => {
  const withBudget = (retryBudget: JsonObject) =>
    createCircuitBreaker(parse({ thresholds: [{ maxRetries: 1, retryBudget }] }));

  test("is 20 % of what runs and waits, but at least 3, whatever max_retries says", () => {
    const { retries, requests, pendingRequests } = withBudget({});
    assert.equal(retries.max, 3);
    for (let count = 0; count < 10; count += 1) requests.take();
    for (let count = 0; count < 9; count += 1) pendingRequests.take();
    assert.equal(retries.max, 3);
    pendingRequests.take();
    assert.equal(retries.max, 4);
  });

  test("follows its own figures", () => {
    const { retries, requests } = withBudget({
      budgetPercent: { value: 50 },
      minRetryConcurrency: 0,
    });
    assert.equal(retries.tryTake(), false);
    requests.take();
    requests.take();
    assert.deepEqual([retries.tryTake(), retries.tryTake()], [true, false]);
  });
});
