import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { accessLog, createHttpFixture, inlineRoutes, routeToA } from "../fixture/http-fixture.ts";
import { HeaderMap } from "../header-map.ts";

/** No timeout but those that the test names. */
function setUp(manager: JsonObject, route: JsonObject = {}) {
  return createHttpFixture({
    ...inlineRoutes(routeToA({ timeout: "0s", ...route })),
    ...accessLog(),
    streamIdleTimeout: "0s",
    ...manager,
  });
}

const openPost = { method: "POST", endStream: false } as const;

describe("a stream on which nothing moves", () => {
  const IDLE = { streamIdleTimeout: "5s" };

  test("is a 504 after the request, and a 408 in the middle of it", () => {
    const mesh = setUp(IDLE);
    const whole = mesh.send({});
    const partial = mesh.send(openPost);
    mesh.clock.advanceMs(4999);
    assert.deepEqual([whole.status, partial.status], [undefined, undefined]);
    mesh.clock.advanceMs(1);
    assert.deepEqual([whole.status, partial.status, whole.body], [504, 408, "stream timeout"]);
    assert.deepEqual(mesh.log, ["SI stream_idle_timeout", "SI stream_idle_timeout"]);
  });

  test("has five minutes where nobody says otherwise", () => {
    const mesh = createHttpFixture(inlineRoutes(routeToA({ timeout: "0s" })));
    const client = mesh.send({});
    mesh.clock.advanceMs(299_999);
    assert.equal(client.status, undefined);
    mesh.clock.advanceMs(1);
    assert.equal(client.status, 504);
  });

  test("has the route's time, also none, before the manager's", () => {
    const short = setUp(IDLE, { idleTimeout: "1s" });
    const soon = short.send({});
    short.clock.advanceMs(1000);
    assert.equal(soon.status, 504);
    const endless = setUp(IDLE, { idleTimeout: "0s" });
    const never = endless.send({});
    endless.clock.advanceMs(600_000);
    assert.equal(never.status, undefined);
  });

  test("is kept by each thing that comes from either side", () => {
    const mesh = setUp(IDLE);
    const client = mesh.send(openPost);
    const { opener } = mesh.cluster("a").last;
    const steps = [
      () => client.receiver?.onData(Buffer.from("x"), false),
      () => client.receiver?.onTrailers(new HeaderMap()),
      () => opener.onHead({ status: 200, headers: new HeaderMap() }, false),
      () => opener.onData(Buffer.from("y"), false),
    ];
    for (const step of steps) {
      mesh.clock.advanceMs(4999);
      step();
    }
    mesh.clock.advanceMs(4999);
    assert.equal(client.isReset, false);
    mesh.clock.advanceMs(1);
    assert.deepEqual([client.status, client.isReset], [200, true]);
  });
});

describe("a request that does not end", () => {
  const WHOLE = { requestTimeout: "2s" };

  test("is a 408 when its time is over, whatever still comes", () => {
    const mesh = setUp(WHOLE);
    const client = mesh.send(openPost);
    mesh.clock.advanceMs(1999);
    client.receiver?.onData(Buffer.from("more"), false);
    assert.equal(client.status, undefined);
    mesh.clock.advanceMs(1);
    assert.deepEqual([client.status, mesh.log], [408, ["- request_overall_timeout"]]);
    assert.equal(mesh.cluster("a").last.isReset, true);
  });

  test("may go on for as long as it likes once the answer has begun", () => {
    const mesh = setUp(WHOLE);
    const client = mesh.send(openPost);
    mesh.cluster("a").last.opener.onHead({ status: 200, headers: new HeaderMap() }, false);
    mesh.clock.advanceMs(60_000);
    assert.equal(client.isReset, false);
  });

  test("has nothing to do with how long the answer takes", () => {
    const mesh = setUp(WHOLE);
    const client = mesh.send(openPost);
    mesh.clock.advanceMs(1999);
    client.receiver?.onData(Buffer.alloc(0), true);
    mesh.clock.advanceMs(60_000);
    assert.equal(client.status, undefined);
  });

  test("may take for ever where nobody says otherwise", () => {
    const mesh = setUp({});
    const client = mesh.send(openPost);
    mesh.clock.advanceMs(3_600_000);
    assert.equal(client.status, undefined);
  });
});

describe("a stream's longest life", () => {
  const LIFE = { commonHttpProtocolOptions: { maxStreamDuration: "3s" } };

  test("ends a request that waits with 504, one that still comes with 408", () => {
    const mesh = setUp(LIFE);
    const whole = mesh.send({});
    const partial = mesh.send(openPost);
    mesh.clock.advanceMs(2999);
    assert.deepEqual([whole.status, partial.status], [undefined, undefined]);
    mesh.clock.advanceMs(1);
    assert.deepEqual([whole.status, partial.status], [504, 408]);
    assert.deepEqual(mesh.log, ["UMSDR max_duration_timeout", "UMSDR max_duration_timeout"]);
  });

  test("is DEADLINE_EXCEEDED to a gRPC caller", () => {
    const mesh = setUp(LIFE);
    const client = mesh.send({ headers: { "content-type": "application/grpc" } });
    mesh.clock.advanceMs(3000);
    assert.equal(client.head?.headers.get("grpc-status"), "4");
  });

  test("cuts an answer that is under way, however busy", () => {
    const mesh = setUp(LIFE);
    const client = mesh.send({});
    const { opener } = mesh.cluster("a").last;
    opener.onHead({ status: 200, headers: new HeaderMap() }, false);
    mesh.clock.advanceMs(2999);
    opener.onData(Buffer.from("y"), false);
    mesh.clock.advanceMs(1);
    assert.deepEqual([client.status, client.isReset], [200, true]);
  });

  test("is the route's before the manager's, also none", () => {
    const short = setUp(LIFE, { maxStreamDuration: { maxStreamDuration: "1s" } });
    const soon = short.send({});
    short.clock.advanceMs(1000);
    assert.equal(soon.status, 504);
    const endless = setUp(LIFE, { maxStreamDuration: { maxStreamDuration: "0s" } });
    const never = endless.send({});
    endless.clock.advanceMs(60_000);
    assert.equal(never.status, undefined);
  });
});

describe("a route's timeout", () => {
  test("cuts an answer that is too long on its way", () => {
    const mesh = setUp({}, { timeout: "1s" });
    const client = mesh.send({});
    mesh.cluster("a").last.opener.onHead({ status: 200, headers: new HeaderMap() }, false);
    mesh.clock.advanceMs(1000);
    assert.deepEqual(
      [client.status, client.isReset, mesh.log],
      [200, true, ["UT response_timeout"]],
    );
  });

  test("does not outlive its request", () => {
    const mesh = setUp({}, { timeout: "1s" });
    const client = mesh.send({});
    mesh.cluster("a").last.respond(200);
    mesh.clock.advanceMs(5000);
    assert.deepEqual([client.status, client.isReset, mesh.log], [200, false, ["- via_upstream"]]);
  });

  for (const [value, timeoutMs] of [
    ["100", 100],
    ["000000100", 100],
    ["1000000000", 2000],
    ["-1", 2000],
    ["0x10", 2000],
    ["1.5", 2000],
    ["", 2000],
  ] as const) {
    test(`is ${timeoutMs} ms where it is 2 s and the caller says "${value}"`, () => {
      const mesh = setUp({}, { timeout: "2s" });
      const client = mesh.send({ headers: { "x-envoy-upstream-rq-timeout-ms": value } });
      mesh.clock.advanceMs(timeoutMs - 1);
      assert.equal(client.status, undefined);
      mesh.clock.advanceMs(1);
      assert.equal(client.status, 504);
    });
  }
});
