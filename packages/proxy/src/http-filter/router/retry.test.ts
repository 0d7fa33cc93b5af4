import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Random } from "@weft/core";
import {
  accessLog,
  createHttpFixture,
  inlineRoutes,
  routeToA,
} from "../../http/fixture/http-fixture.ts";
import { HeaderMap } from "../../http/header-map.ts";

function setUp(route: JsonObject, random: Random = () => 0.5) {
  return createHttpFixture({ ...inlineRoutes(routeToA(route)), ...accessLog() }, { random });
}

const retryPolicy = (retryOn: string, more: JsonObject = {}) => ({
  retryPolicy: { retryOn, ...more },
});

describe("the back-off before a retry", () => {
  /** Milliseconds until each of the retries comes, when every draw is `draw`. */
  function delays(draw: number, count: number, more: JsonObject = {}) {
    const mesh = setUp(
      { timeout: "0s", ...retryPolicy("5xx", { numRetries: count, ...more }) },
      () => draw,
    );
    mesh.send({});
    return Array.from({ length: count }, (_, index) => {
      mesh.cluster("a").last.respond(503);
      let waitedMs = 0;
      for (; mesh.cluster("a").upstreams.length < index + 2; waitedMs += 1) mesh.clock.advanceMs(1);
      return waitedMs;
    });
  }

  test("grows from 25 ms, and is never above ten times that", () => {
    assert.deepEqual(delays(0.999_999, 6), [25, 75, 175, 250, 250, 250]);
  });

  test("may be nothing at all: the jitter is full", () => {
    assert.deepEqual(delays(0, 3), [1, 1, 1]);
  });

  test("is the policy's own", () => {
    const retryBackOff = { baseInterval: "0.1s", maxInterval: "0.15s" };
    assert.deepEqual(delays(0.999_999, 3, { retryBackOff }), [100, 150, 150]);
  });

  test("without a greatest is ten times its base at most", () => {
    assert.deepEqual(
      delays(0.999_999, 5, { retryBackOff: { baseInterval: "0.01s" } }),
      [10, 30, 70, 100, 100],
    );
  });
});

describe("retries that are used up", () => {
  test("are told by URX also where the policy allows none", () => {
    const mesh = setUp(retryPolicy("5xx", { numRetries: 0 }));
    const client = mesh.send({});
    mesh.cluster("a").last.respond(503);
    assert.deepEqual([client.status, mesh.log[0]], [503, "URX via_upstream"]);
  });

  test("are not told of an answer that would not have been retried", () => {
    const mesh = setUp(retryPolicy("gateway-error", { numRetries: 0 }));
    mesh.send({});
    mesh.cluster("a").last.respond(500);
    assert.equal(mesh.log[0], "- via_upstream");
  });

  test("are one where the policy gives no number", () => {
    const mesh = setUp(retryPolicy("5xx"));
    mesh.send({});
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(250);
    mesh.cluster("a").last.respond(503);
    assert.deepEqual([mesh.cluster("a").upstreams.length, mesh.log[0]], [2, "URX via_upstream"]);
  });

  test("are the caller's number, also above the route's", () => {
    const mesh = setUp(retryPolicy("5xx"));
    mesh.send({ headers: { "x-envoy-max-retries": "3" } });
    for (let tries = 0; tries < 4; tries += 1) {
      mesh.cluster("a").last.respond(503);
      mesh.clock.advanceMs(250);
    }
    assert.equal(mesh.cluster("a").upstreams.length, 4);
  });

  test("are none by the caller's wish", () => {
    const mesh = setUp(retryPolicy("5xx", { numRetries: 5 }));
    const client = mesh.send({ headers: { "x-envoy-max-retries": "0" } });
    mesh.cluster("a").last.respond(503);
    assert.equal(client.status, 503);
  });
});

describe("a gRPC answer", () => {
  for (const [retryOn, status, isRetried] of [
    ["unavailable", "14", true],
    ["unavailable", "13", false],
    ["resource-exhausted", "8", true],
    ["5xx", "14", false],
  ] as const) {
    test(`of status ${status} in the head is ${isRetried ? "" : "not "}retried on ${retryOn}`, () => {
      const mesh = setUp(retryPolicy(retryOn));
      mesh.send({});
      mesh.cluster("a").last.respond(200, { "grpc-status": status });
      mesh.clock.advanceMs(250);
      assert.equal(mesh.cluster("a").upstreams.length, isRetried ? 2 : 1);
    });
  }

  test("whose status comes in trailers has begun, so it is passed on", () => {
    const mesh = setUp(retryPolicy("unavailable"));
    const client = mesh.send({});
    const { opener } = mesh.cluster("a").last;
    opener.onHead({ status: 200, headers: new HeaderMap() }, false);
    opener.onTrailers(new HeaderMap(["grpc-status", "14"]));
    assert.equal(client.trailers?.get("grpc-status"), "14");
    assert.equal(mesh.cluster("a").upstreams.length, 1);
  });
});

describe("a try that is given up", () => {
  test("is reset while its answer still comes, and none of it is passed on", () => {
    const mesh = setUp(retryPolicy("5xx"));
    const client = mesh.send({});
    const first = mesh.cluster("a").last;
    first.opener.onHead({ status: 503, headers: new HeaderMap() }, false);
    assert.equal(first.isReset, true);
    first.opener.onData(Buffer.from("late"), true);
    mesh.clock.advanceMs(250);
    mesh.cluster("a").last.respond(200, {}, "good");
    assert.deepEqual([client.status, client.body], [200, "good"]);
  });

  test("has passed on the interim answers that it gave", () => {
    const mesh = setUp(retryPolicy("5xx"));
    const client = mesh.send({});
    mesh.cluster("a").last.opener.onInformational({ status: 103, headers: new HeaderMap() });
    assert.deepEqual(client.informational, [103]);
  });
});

describe("a request that may be retried only by its own headers", () => {
  const route = retryPolicy("5xx", {
    retriableRequestHeaders: [{ name: ":method", stringMatch: { exact: "GET" } }],
  });
  for (const [method, count] of [
    ["GET", 2],
    ["POST", 1],
  ] as const) {
    test(`${method} is tried ${count} times`, () => {
      const mesh = setUp(route);
      mesh.send({ method });
      mesh.cluster("a").last.respond(503);
      mesh.clock.advanceMs(250);
      assert.equal(mesh.cluster("a").upstreams.length, count);
    });
  }
});
