import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { RetryPolicySchema } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { fakeRequest } from "../http/fixture/fake-downstream.ts";
import { HeaderMap } from "../http/header-map.ts";
import { applyRetryHeaders } from "./retry-headers.ts";
import { parseRetryOn } from "./retry-on.ts";
import { compileRetryPolicy } from "./retry-policy.ts";
import { allowsRetry } from "./retry-verdict.ts";

const ROUTE = compileRetryPolicy(
  create(RetryPolicySchema, { retryOn: "reset", numRetries: 5, retriableStatusCodes: [418] }),
  "retry_policy",
);

const apply = (headers: Record<string, string>) =>
  applyRetryHeaders(ROUTE, fakeRequest({ headers }));

describe("a number that the caller gives", () => {
  for (const [text, want] of [
    ["0", 0],
    ["7", 7],
    ["999999999", 999_999_999],
    ["1000000000", 5],
    ["", 5],
    ["+1", 5],
    ["-1", 5],
    ["1.0", 5],
    ["1 ", 5],
    ["0x1", 5],
    ["\u0665", 5],
  ] as const) {
    test(`of retries ${JSON.stringify(text)} makes ${want} where the route says 5`, () => {
      assert.equal(apply({ "x-envoy-max-retries": text })?.maxRetries, want);
    });
  }
});

describe("what the caller adds to the route's", () => {
  test("are status codes, of which what is no number is skipped", () => {
    const codes = apply({
      "x-envoy-retriable-status-codes": " 409,x,,-1, 503 ",
    })?.retriableStatusCodes;
    assert.deepEqual([...(codes ?? [])], [418, 409, 503]);
  });

  test("are names of response headers, any of which makes an answer retriable", () => {
    const policy = apply({
      "x-envoy-retry-on": "retriable-headers",
      "x-envoy-retriable-header-names": "X-Busy, x-later,,",
    });
    assert(policy !== undefined);
    const outcome = (headers: string[]) =>
      ({ kind: "response", status: 200, headers: new HeaderMap(headers) }) as const;
    assert.equal(allowsRetry(policy, outcome(["x-busy", ""])), true);
    assert.equal(allowsRetry(policy, outcome(["x-later", "1"])), true);
    assert.equal(allowsRetry(policy, outcome(["x-other", "1"])), false);
  });

  test("is nothing without the condition that uses it", () => {
    const policy = apply({ "x-envoy-retriable-header-names": "x-busy" });
    assert(policy !== undefined);
    const headers = new HeaderMap(["x-busy", "1"]);
    assert.equal(allowsRetry(policy, { kind: "response", status: 200, headers }), false);
  });

  test("leaves the route's own policy as it was", () => {
    apply({ "x-envoy-retry-on": "5xx", "x-envoy-retriable-status-codes": "500" });
    assert.deepEqual([...ROUTE.conditions], ["reset"]);
    assert.deepEqual([...ROUTE.retriableStatusCodes], [418]);
  });
});

describe("a caller that asks for nothing", () => {
  test("gets the route's policy itself, or none", () => {
    assert.equal(apply({ "x-user": "jason" }), ROUTE);
    assert.equal(applyRetryHeaders(undefined, fakeRequest()), undefined);
  });
});

describe("retry_on", () => {
  for (const [text, want] of [
    ["", []],
    [",,", []],
    ["5xx", ["5xx"]],
    ["5xx,5xx", ["5xx"]],
    ["5XX", []],
    [" reset ,connect-failure", ["reset", "connect-failure"]],
    ["503", []],
    ["__proto__,constructor", []],
    ["unavailable,cancelled", ["unavailable", "cancelled"]],
  ] as const) {
    test(`${JSON.stringify(text)} is ${JSON.stringify(want)}`, () => {
      assert.deepEqual([...parseRetryOn(text)], want);
    });
  }
});
