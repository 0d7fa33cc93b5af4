import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { RetryPolicySchema } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { compileRetryPolicy } from "./retry-policy.ts";

type Message = MessageInitShape<typeof RetryPolicySchema>;

const compile = (message: Message) =>
  compileRetryPolicy(create(RetryPolicySchema, message), "retry_policy");

const duration = (milliseconds: number) => ({
  seconds: BigInt(Math.trunc(milliseconds / 1000)),
  nanos: (milliseconds % 1000) * 1_000_000,
});

/** An extension by name and, where given, by the type of its config. */
const extension = (name: string, type?: string) => ({
  name,
  configType:
    type === undefined
      ? ({ case: undefined } as const)
      : ({ case: "typedConfig", value: { typeUrl: `type.googleapis.com/${type}` } } as const),
});

const PREVIOUS_HOSTS = "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate";
const PREVIOUS_PRIORITIES =
  "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig";

describe("a retry policy's back-off", () => {
  for (const [title, baseMs, maxMs, want] of [
    ["both given", 10, 15, { baseMs: 10, maxMs: 15 }],
    ["equal", 10, 10, { baseMs: 10, maxMs: 10 }],
    ["only a base", 10, undefined, { baseMs: 10, maxMs: 100 }],
    ["more than a second", 1500, 2500, { baseMs: 1500, maxMs: 2500 }],
  ] as const) {
    test(`with ${title} is ${JSON.stringify(want)}`, () => {
      const retryBackOff = {
        baseInterval: duration(baseMs),
        ...(maxMs !== undefined && { maxInterval: duration(maxMs) }),
      };
      assert.deepEqual(compile({ retryBackOff }).backoff, want);
    });
  }

  for (const [title, retryBackOff] of [
    ["a base of 0", { baseInterval: duration(0) }],
    ["a base below 0", { baseInterval: duration(-1) }],
    ["a greatest below its base", { baseInterval: duration(10), maxInterval: duration(9) }],
  ] as const) {
    test(`refuses ${title}`, () => {
      assert.throws(() => compile({ retryBackOff }), /retry_policy.retry_back_off: needs/);
    });
  }
});

describe("a retry policy's number", () => {
  for (const [numRetries, want] of [
    [undefined, 1],
    [0, 0],
    [1, 1],
    [4_294_967_295, 4_294_967_295],
  ] as const) {
    test(`${numRetries ?? "left out"} is ${want}`, () => {
      assert.equal(compile(numRetries === undefined ? {} : { numRetries }).maxRetries, want);
    });
  }
});

describe("a retry policy's timeout of each try", () => {
  test("is none where none is given, and may be 0", () => {
    assert.equal(compile({}).perTryTimeoutMs, 0);
    assert.equal(compile({ perTryTimeout: duration(0) }).perTryTimeoutMs, 0);
    assert.equal(compile({ perTryTimeout: duration(250) }).perTryTimeoutMs, 250);
  });

  test("is not below 0", () => {
    assert.throws(
      () => compile({ perTryTimeout: duration(-1) }),
      /per_try_timeout: must not be negative/,
    );
  });
});

describe("which hosts a retry avoids", () => {
  const avoids = (predicate: ReturnType<typeof extension>) =>
    compile({ retryHostPredicate: [predicate] }).avoidsPreviousHosts;

  test("is none where nobody says so, after one choice", () => {
    const { avoidsPreviousHosts, hostSelectionAttempts } = compile({});
    assert.deepEqual([avoidsPreviousHosts, hostSelectionAttempts], [false, 1]);
    assert.equal(compile({ hostSelectionRetryMaxAttempts: 5n }).hostSelectionAttempts, 5);
  });

  test("are those that were tried, by Envoy's name or by type under any name", () => {
    assert.equal(avoids(extension("envoy.retry_host_predicates.previous_hosts")), true);
    assert.equal(avoids(extension("mine", PREVIOUS_HOSTS)), true);
  });

  for (const [title, predicate] of [
    ["of another name", extension("envoy.retry_host_predicates.omit_canary_hosts")],
    ["whose name is a part of the type's", extension("envoy.retry.v3")],
    ["without a name", extension("")],
    [
      "of another type",
      extension("envoy.retry_host_predicates.previous_hosts", `x.${PREVIOUS_HOSTS}`),
    ],
  ] as const) {
    test(`cannot be told by a predicate ${title}`, () => {
      assert.throws(() => avoids(predicate), /retry_host_predicate\[0\]: ".*" is not supported/);
    });
  }
});

describe("what a retry policy may not hold", () => {
  const cases: readonly (readonly [message: Message, want: RegExp])[] = [
    [{ retryPriority: extension("other") }, /retry_priority: "other" is not supported/],
    [{ perTryIdleTimeout: duration(1) }, /per_try_idle_timeout: is not supported/],
    [{ retryOptionsPredicates: [{ name: "x" }] }, /retry_options_predicates: is not supported/],
    [{ rateLimitedRetryBackOff: {} }, /rate_limited_retry_back_off: is not supported/],
    [{ retriableHeaders: [{ name: "" }] }, /retriable_headers\[0\]\.name: must not be empty/],
    [{ retriableRequestHeaders: [{ name: "" }] }, /retriable_request_headers\[0\]\.name/],
  ];
  for (const [message, want] of cases) {
    test(`is ${Object.keys(message)[0]}`, () => assert.throws(() => compile(message), want));
  }

  test("is not the priorities that were tried: the cluster leaves those by itself", () => {
    const retryPriority = extension(
      "envoy.retry_priorities.previous_priorities",
      PREVIOUS_PRIORITIES,
    );
    assert.doesNotThrow(() => compile({ retryPriority }));
  });
});
