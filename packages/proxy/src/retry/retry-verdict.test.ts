import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { RetryPolicySchema } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { fakeRequest } from "../http/fixture/fake-downstream.ts";
import { HeaderMap } from "../http/header-map.ts";
import { applyRetryHeaders } from "./retry-headers.ts";
import { compileRetryPolicy } from "./retry-policy.ts";
import { allowsRetry, type TryOutcome } from "./retry-verdict.ts";

const response = (status: number, headers: Record<string, string> = {}): TryOutcome => ({
  kind: "response",
  status,
  headers: new HeaderMap(Object.entries(headers).flat()),
});
const reset: TryOutcome = { kind: "reset", wasSent: true, isRefused: false };
const resetUnsent: TryOutcome = { kind: "reset", wasSent: false, isRefused: false };
const refused: TryOutcome = { kind: "reset", wasSent: false, isRefused: true };
const noConnection: TryOutcome = { kind: "connect-failure" };
const perTryTimeout: TryOutcome = { kind: "per-try-timeout" };

function policy(message: MessageInitShape<typeof RetryPolicySchema>) {
  return compileRetryPolicy(create(RetryPolicySchema, message), "retry_policy");
}

/** For each condition: what it allows, and what lies just outside. */
const CONDITIONS: Readonly<
  Record<string, readonly [allowed: readonly TryOutcome[], refused: readonly TryOutcome[]]>
> = {
  "5xx": [
    [response(500), response(599), reset, noConnection, perTryTimeout],
    [response(499), response(200)],
  ],
  "gateway-error": [
    [response(502), response(503), response(504), reset, noConnection, perTryTimeout],
    [response(500), response(501), response(505)],
  ],
  reset: [
    [reset, noConnection, perTryTimeout],
    [response(500), response(503)],
  ],
  "reset-before-request": [
    [resetUnsent, noConnection],
    [reset, perTryTimeout, response(503)],
  ],
  "connect-failure": [[noConnection], [reset, perTryTimeout, response(503)]],
  "refused-stream": [[refused], [reset, noConnection, response(503)]],
  "envoy-ratelimited": [
    [response(429, { "x-envoy-ratelimited": "true" })],
    [response(429), response(503)],
  ],
  "retriable-4xx": [[response(409)], [response(408), response(410), response(429), reset]],
  cancelled: [[response(200, { "grpc-status": "1" })], [response(200, { "grpc-status": "2" })]],
  "deadline-exceeded": [
    [response(200, { "grpc-status": "4" })],
    [response(200, { "grpc-status": "5" }), response(504)],
  ],
  "resource-exhausted": [
    [response(200, { "grpc-status": "8" })],
    [response(200, { "grpc-status": "7" })],
  ],
  internal: [[response(200, { "grpc-status": "13" })], [response(200, { "grpc-status": "12" })]],
  unavailable: [
    [response(200, { "grpc-status": "14" })],
    [response(200, { "grpc-status": "0" }), response(200), response(503)],
  ],
};

describe("what may be tried again", () => {
  for (const [retryOn, [allowed, refusedOutcomes]] of Object.entries(CONDITIONS)) {
    test(`${retryOn}`, () => {
      for (const outcome of allowed) {
        assert.equal(allowsRetry(policy({ retryOn }), outcome), true, JSON.stringify(outcome));
      }
      for (const outcome of refusedOutcomes) {
        assert.equal(allowsRetry(policy({ retryOn }), outcome), false, JSON.stringify(outcome));
      }
    });
  }

  test("retriable-status-codes: the listed ones, and only with the condition", () => {
    const listed = { retriableStatusCodes: [418] };
    assert.equal(
      allowsRetry(policy({ retryOn: "retriable-status-codes", ...listed }), response(418)),
      true,
    );
    assert.equal(
      allowsRetry(policy({ retryOn: "retriable-status-codes", ...listed }), response(419)),
      false,
    );
    assert.equal(allowsRetry(policy({ retryOn: "5xx", ...listed }), response(418)), false);
  });

  test("Istio's default leaves what may have happened alone", () => {
    const retryOn = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";
    for (const outcome of [reset, perTryTimeout, response(500), response(503)]) {
      assert.equal(allowsRetry(policy({ retryOn }), outcome), false, JSON.stringify(outcome));
    }
  });

  test("an open breaker and a cluster without hosts are never answered with more of the same", () => {
    const all = policy({ retryOn: Object.keys(CONDITIONS).join() });
    assert.equal(allowsRetry(all, { kind: "overflow" }), false);
    assert.equal(allowsRetry(all, { kind: "no-healthy-host" }), false);
  });

  test("a response that says it is rate limited is only retried by the condition for it", () => {
    const limited = response(503, { "x-envoy-ratelimited": "true" });
    assert.equal(allowsRetry(policy({ retryOn: "5xx" }), limited), false);
    assert.equal(allowsRetry(policy({ retryOn: "5xx,envoy-ratelimited" }), limited), true);
  });

  test("unknown conditions are skipped, blanks do not matter", () => {
    const { conditions } = policy({ retryOn: " 5xx , gateway_error,http3-post-connect-failure" });
    assert.deepEqual([...conditions], ["5xx"]);
  });
});

describe("a retry policy", () => {
  test("has Envoy's defaults", () => {
    const { maxRetries, backoff, perTryTimeoutMs } = policy({ retryOn: "5xx" });
    assert.deepEqual([maxRetries, backoff, perTryTimeoutMs], [1, { baseMs: 25, maxMs: 250 }, 0]);
  });

  test("refuses a back-off that cannot be", () => {
    const duration = (milliseconds: number) => ({ nanos: milliseconds * 1e6 });
    for (const [baseMs, maxMs] of [
      [0, 10],
      [20, 10],
    ] as const) {
      const retryBackOff = { baseInterval: duration(baseMs), maxInterval: duration(maxMs) };
      assert.throws(() => policy({ retryBackOff }), /retry_policy.retry_back_off: needs/);
    }
  });
});

describe("the caller's x-envoy-* headers", () => {
  const route = policy({ retryOn: "reset", numRetries: 5 });

  test("add conditions to the route's", () => {
    const asked = applyRetryHeaders(
      route,
      fakeRequest({ headers: { "x-envoy-retry-on": "5xx", "x-envoy-retry-grpc-on": "internal" } }),
    );
    assert.deepEqual([...(asked?.conditions ?? [])], ["reset", "5xx", "internal"]);
    assert.equal(asked?.maxRetries, 5);
  });

  test("make a policy where the route has none", () => {
    const asked = applyRetryHeaders(
      undefined,
      fakeRequest({ headers: { "x-envoy-retry-on": "5xx" } }),
    );
    assert.equal(asked?.maxRetries, 1);
  });

  test("replace number and per-try timeout, and add status codes", () => {
    const headers = {
      "x-envoy-max-retries": "2",
      "x-envoy-upstream-rq-per-try-timeout-ms": "30",
      "x-envoy-retriable-status-codes": "418, x, 425",
    };
    const asked = applyRetryHeaders(route, fakeRequest({ headers }));
    assert.equal(asked?.maxRetries, 2);
    assert.equal(asked?.perTryTimeoutMs, 30);
    assert.deepEqual([...(asked?.retriableStatusCodes ?? [])], [418, 425]);
  });

  test("that are no numbers change nothing", () => {
    const asked = applyRetryHeaders(
      route,
      fakeRequest({ headers: { "x-envoy-max-retries": "-1" } }),
    );
    assert.equal(asked, route);
  });
});
