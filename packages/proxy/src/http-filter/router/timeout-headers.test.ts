import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { createHttpFixture, inlineRoutes, routeToA } from "../../http/fixture/http-fixture.ts";
import { expectedTimeoutMs } from "./timeout-headers.ts";

const EXPECTED = "x-envoy-expected-rq-timeout-ms";
const GRPC = { "content-type": "application/grpc" };

/** Half of the greatest back-off each time: 12.5 ms at first. */
function setUp(route: JsonObject = {}) {
  return createHttpFixture(inlineRoutes(routeToA(route)), { random: () => 0.5 });
}

/** What the upstream sees in `header` of a request like this. */
function told(header: string, route: JsonObject, headers: Record<string, string> = {}) {
  const mesh = setUp(route);
  mesh.send({ headers });
  return mesh.cluster("a").last.head.headers.get(header);
}

const perTry = (perTryTimeout: string) => ({ retryPolicy: { retryOn: "5xx", perTryTimeout } });

describe("the time that the upstream is told it has", () => {
  for (const [title, route, headers, want] of [
    ["the default of 15 s", {}, {}, "15000"],
    ["the route's", { timeout: "2s" }, {}, "2000"],
    ["nothing where there is no timeout", { timeout: "0s" }, {}, undefined],
    ["a whole number, never less than it is", { timeout: "0.0105s" }, {}, "11"],
    ["that of one try, when shorter", { timeout: "2s", ...perTry("0.5s") }, {}, "500"],
    ["the route's, when a try's is longer", { timeout: "2s", ...perTry("3s") }, {}, "2000"],
    ["that of one try, without a route's", { timeout: "0s", ...perTry("0.5s") }, {}, "500"],
    ["the caller's", { timeout: "2s" }, { "x-envoy-upstream-rq-timeout-ms": "70" }, "70"],
    ["the caller's per try", {}, { "x-envoy-upstream-rq-per-try-timeout-ms": "30" }, "30"],
    [
      "the route's where the caller's is no number",
      {},
      { "x-envoy-upstream-rq-timeout-ms": "1e3" },
      "15000",
    ],
    [
      "none where the caller asks for none",
      {},
      { "x-envoy-upstream-rq-timeout-ms": "0" },
      undefined,
    ],
  ] as const) {
    test(`is ${title}`, () => assert.equal(told(EXPECTED, route, headers), want));
  }

  test("is what a hop before said, where this one has no timeout", () => {
    assert.equal(told(EXPECTED, { timeout: "0s" }, { [EXPECTED]: "77" }), "77");
  });

  test("shrinks with each try", () => {
    const mesh = setUp({ timeout: "1s", retryPolicy: { retryOn: "5xx" } });
    mesh.send({});
    mesh.clock.advanceMs(300);
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(12.5);
    assert.equal(mesh.cluster("a").last.head.headers.get(EXPECTED), "688");
  });
});

describe("grpc-timeout", () => {
  for (const [title, route, headers, timeoutMs] of [
    [
      "the caller's, below the greatest allowed",
      { maxGrpcTimeout: "2s" },
      { "grpc-timeout": "500m" },
      500,
    ],
    ["the greatest allowed, for more", { maxGrpcTimeout: "2s" }, { "grpc-timeout": "9S" }, 2000],
    ["the greatest allowed, for none", { maxGrpcTimeout: "2s" }, {}, 2000],
    [
      "the caller's, where nothing limits it",
      { maxGrpcTimeout: "0s" },
      { "grpc-timeout": "20S" },
      20_000,
    ],
    ["the route's, where callers may not say", { timeout: "3s" }, { "grpc-timeout": "1S" }, 3000],
    [
      "the greatest allowed, for what is no time",
      { maxGrpcTimeout: "2s" },
      { "grpc-timeout": "1s" },
      2000,
    ],
  ] as const) {
    test(`sets the timeout to ${title}`, () => {
      const mesh = setUp(route);
      const client = mesh.send({ headers: { ...GRPC, ...headers } });
      mesh.clock.advanceMs(timeoutMs - 1);
      assert.equal(client.status, undefined);
      mesh.clock.advanceMs(1);
      assert.equal(client.head?.headers.get("grpc-status"), "14");
    });
  }

  test("does not end a call where neither caller nor route limit it", () => {
    const mesh = setUp({ maxGrpcTimeout: "0s" });
    const client = mesh.send({ headers: GRPC });
    mesh.clock.advanceMs(60_000);
    assert.equal(client.status, undefined);
  });

  test("tells the upstream the time that will be kept", () => {
    const route = { maxGrpcTimeout: "2s" };
    assert.equal(told("grpc-timeout", route, { ...GRPC, "grpc-timeout": "9S" }), "2000m");
    const days = { ...GRPC, "grpc-timeout": "48H" };
    assert.equal(told("grpc-timeout", { maxGrpcTimeout: "0s" }, days), "172800S");
  });

  test("of what is not gRPC is left alone", () => {
    const headers = { "grpc-timeout": "1S" };
    assert.equal(told("grpc-timeout", { maxGrpcTimeout: "2s" }, headers), "1S");
    assert.equal(told(EXPECTED, { maxGrpcTimeout: "2s" }, headers), "15000");
  });
});

describe("what is left for a try", () => {
  for (const [routeMs, perTryMs, elapsedMs, want] of [
    [0, 0, 0, undefined],
    [0, 0, 500, undefined],
    [0, 70, 500, 70],
    [100, 0, 0, 100],
    [100, 0, 99, 1],
    [100, 0, 100, 1],
    [100, 0, 500, 1],
    [100, 30, 69, 30],
    [100, 30, 71, 29],
    [100, 300, 0, 100],
  ] as const) {
    test(`of ${routeMs} ms, ${perTryMs} ms each, after ${elapsedMs} ms is ${want}`, () => {
      assert.equal(expectedTimeoutMs({ routeMs, perTryMs, elapsedMs }), want);
    });
  }
});
