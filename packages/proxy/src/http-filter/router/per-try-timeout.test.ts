import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import {
  accessLog,
  createHttpFixture,
  inlineRoutes,
  routeToA,
} from "../../http/fixture/http-fixture.ts";
import { HeaderMap } from "../../http/header-map.ts";

function setUp(retryOn: string, more: JsonObject = {}) {
  const route = routeToA({
    timeout: "10s",
    retryPolicy: { retryOn, perTryTimeout: "0.1s", ...more },
  });
  return createHttpFixture({ ...inlineRoutes(route), ...accessLog() }, { random: () => 0.5 });
}

describe("a timeout of each try", () => {
  test("does not run while a connection is made: that has a timeout of its own", () => {
    const mesh = setUp("connect-failure");
    mesh.cluster("a").isConnecting = true;
    const client = mesh.send({});
    mesh.clock.advanceMs(5000);
    assert.equal(client.status, undefined);
    mesh.cluster("a").connect(mesh.cluster("a").last);
    mesh.clock.advanceMs(99);
    assert.equal(client.status, undefined);
    mesh.clock.advanceMs(1);
    assert.equal(client.status, 504);
  });

  test("starts when the request is complete", () => {
    const mesh = setUp("connect-failure");
    const client = mesh.send({ method: "POST", endStream: false });
    mesh.clock.advanceMs(1000);
    client.receiver?.onTrailers(new HeaderMap());
    mesh.clock.advanceMs(99);
    assert.equal(client.status, undefined);
    mesh.clock.advanceMs(1);
    assert.equal(client.status, 504);
  });

  test("waits for the head of the response only", () => {
    const mesh = setUp("5xx");
    const client = mesh.send({});
    const { opener } = mesh.cluster("a").last;
    opener.onHead({ status: 200, headers: new HeaderMap() }, false);
    mesh.clock.advanceMs(5000);
    opener.onData(Buffer.from("slow"), true);
    assert.deepEqual([client.body, client.isEnded], ["slow", true]);
  });

  test("counts as a failure of the host, and as a retry", () => {
    const mesh = setUp("reset", { numRetries: 1 });
    const client = mesh.send({});
    mesh.clock.advanceMs(100);
    mesh.clock.advanceMs(12.5);
    mesh.clock.advanceMs(100);
    assert.deepEqual(mesh.cluster("a").reported, [504, 504]);
    assert.deepEqual([client.status, mesh.log], [504, ["UT,URX upstream_per_try_timeout"]]);
  });

  test("is the caller's where one is given", () => {
    const mesh = setUp("connect-failure");
    const client = mesh.send({ headers: { "x-envoy-upstream-rq-per-try-timeout-ms": "30" } });
    mesh.clock.advanceMs(30);
    assert.equal(client.status, 504);
  });

  test("is none where the caller asks for none", () => {
    const mesh = setUp("connect-failure");
    const client = mesh.send({ headers: { "x-envoy-upstream-rq-per-try-timeout-ms": "0" } });
    mesh.clock.advanceMs(9999);
    assert.equal(client.status, undefined);
    mesh.clock.advanceMs(1);
    assert.deepEqual([client.status, mesh.log], [504, ["UT response_timeout"]]);
  });
});
