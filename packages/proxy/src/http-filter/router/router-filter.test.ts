import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { createHttpFixture, inlineRoutes, routeToA } from "../../http/fixture/http-fixture.ts";

const FLAGS_AND_DETAILS = {
  accessLog: [
    {
      name: "envoy.access_loggers.file",
      typedConfig: {
        "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
        path: "/dev/stdout",
        logFormat: {
          textFormatSource: { inlineString: "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%" },
        },
      },
    },
  ],
};

/** A route to cluster `a`, with half of the greatest back-off each time: 12.5 ms at first. */
function setUp(route: JsonObject = {}) {
  return createHttpFixture(
    { ...inlineRoutes(routeToA(route)), ...FLAGS_AND_DETAILS },
    { random: () => 0.5 },
  );
}

describe("a route's timeout", () => {
  test("answers 504 when nothing came, resets the upstream, and blames the host", () => {
    const mesh = setUp({ timeout: "1s" });
    const client = mesh.send({});
    mesh.clock.advanceMs(999);
    assert.equal(client.status, undefined);
    mesh.clock.advanceMs(1);
    assert.deepEqual([client.status, client.body], [504, "upstream request timeout"]);
    assert.equal(mesh.cluster("a").last.isReset, true);
    assert.deepEqual(mesh.cluster("a").reported, [504]);
    assert.deepEqual(mesh.log, ["UT response_timeout"]);
  });

  test("is 15 s where none is written, and none where it is 0", () => {
    const byDefault = setUp();
    const waiting = byDefault.send({});
    byDefault.clock.advanceMs(15_000);
    assert.equal(waiting.status, 504);
    const endless = setUp({ timeout: "0s" });
    const patient = endless.send({});
    // A stream that is idle for five minutes ends all the same.
    endless.clock.advanceMs(290_000);
    assert.equal(patient.status, undefined);
  });

  test("covers all tries together", () => {
    const mesh = setUp({ timeout: "0.1s", retryPolicy: { retryOn: "5xx", numRetries: 99 } });
    const client = mesh.send({});
    for (let tries = 0; tries < 20 && client.status === undefined; tries += 1) {
      mesh.cluster("a").last.respond(503);
      mesh.clock.advanceMs(50);
    }
    assert.equal(client.status, 504);
  });

  test("starts when the request is complete", () => {
    const mesh = setUp({ timeout: "1s" });
    const client = mesh.send({ method: "POST", endStream: false });
    mesh.clock.advanceMs(5000);
    assert.equal(client.status, undefined);
    client.receiver?.onData(Buffer.from("all"), true);
    mesh.clock.advanceMs(1000);
    assert.equal(client.status, 504);
  });
});

describe("retries", () => {
  const policy = { retryPolicy: { retryOn: "5xx", numRetries: 2 } };

  test("come after a back-off, at most as often as the policy says, and then say so", () => {
    const mesh = setUp(policy);
    const client = mesh.send({});
    mesh.cluster("a").last.respond(503);
    assert.equal(mesh.cluster("a").upstreams.length, 1, "the back-off comes first");
    mesh.clock.advanceMs(12.5);
    assert.equal(mesh.cluster("a").upstreams.length, 2);
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(37.5);
    mesh.cluster("a").last.respond(500);
    assert.equal(mesh.cluster("a").upstreams.length, 3);
    assert.equal(client.status, 500);
    assert.deepEqual(mesh.log, ["URX via_upstream"]);
  });

  test("that succeed leave no trace of the failure", () => {
    const mesh = setUp(policy);
    const client = mesh.send({});
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(12.5);
    mesh.cluster("a").last.respond(200, {}, "ok");
    assert.deepEqual([client.status, client.body], [200, "ok"]);
    assert.deepEqual(mesh.log, ["- via_upstream"]);
  });

  test("send the whole body again", () => {
    const mesh = setUp(policy);
    const client = mesh.send({ method: "POST", endStream: false });
    client.receiver?.onData(Buffer.from("first "), false);
    client.receiver?.onData(Buffer.from("second"), true);
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(12.5);
    assert.equal(mesh.cluster("a").last.body, "first second");
  });

  test("of a request that still comes begin with what has come", () => {
    const mesh = setUp(policy);
    const client = mesh.send({ method: "POST", endStream: false });
    client.receiver?.onData(Buffer.from("first "), false);
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(12.5);
    client.receiver?.onData(Buffer.from("second"), true);
    const { body, hasEnded } = mesh.cluster("a").last;
    assert.deepEqual([body, hasEnded], ["first second", true]);
  });

  test("of a body that was empty after all are whole with their head", () => {
    const mesh = setUp(policy);
    const client = mesh.send({ method: "POST", endStream: false });
    client.receiver?.onData(Buffer.alloc(0), true);
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(12.5);
    const { hasEnded, body } = mesh.cluster("a").last;
    assert.deepEqual([hasEnded, body, mesh.cluster("a").upstreams.length], [true, "", 2]);
    mesh.cluster("a").last.respond(200);
    assert.equal(client.status, 200);
  });

  test("do not happen when the body was too long to be kept", () => {
    const mesh = setUp({ ...policy, timeout: "0s" });
    const client = mesh.send({ method: "POST", endStream: false });
    for (let sent = 0; sent <= 1024; sent += 64) {
      client.receiver?.onData(Buffer.alloc(64 * 1024), false);
    }
    client.receiver?.onData(Buffer.alloc(0), true);
    mesh.cluster("a").last.respond(503);
    assert.equal(client.status, 503);
  });

  test("do not happen once a response has begun", () => {
    const mesh = setUp(policy);
    const client = mesh.send({});
    const upstream = mesh.cluster("a").last;
    upstream.opener.onHead({ status: 200, headers: upstream.head.headers.copy() }, false);
    upstream.breakOff("connection-closed");
    mesh.clock.advanceMs(1000);
    assert.equal(client.isReset, true);
    assert.equal(mesh.cluster("a").upstreams.length, 1);
  });

  test("do not happen where the cluster's breaker for them is open", () => {
    const mesh = setUp(policy);
    mesh.cluster("a").retrySlots = 0;
    const client = mesh.send({});
    mesh.cluster("a").last.respond(503);
    assert.equal(client.status, 503);
    assert.deepEqual(mesh.log, ["UO via_upstream"]);
  });

  test("give the breaker its slot back, however the request ends", () => {
    const mesh = setUp(policy);
    mesh.send({});
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(12.5);
    assert.equal(mesh.cluster("a").retriesInFlight, 1);
    mesh.cluster("a").last.respond(200);
    assert.equal(mesh.cluster("a").retriesInFlight, 0);
    mesh.send({}).receiver?.onReset("connection-closed");
    assert.equal(mesh.cluster("a").retriesInFlight, 0);
  });

  test("end with the client: nobody is asked for somebody who has gone", () => {
    const mesh = setUp(policy);
    const client = mesh.send({});
    mesh.cluster("a").last.respond(503);
    client.receiver?.onReset("connection-closed");
    mesh.clock.advanceMs(1000);
    assert.equal(mesh.cluster("a").upstreams.length, 1);
  });

  test("avoid hosts that were tried, where the policy says so", () => {
    const mesh = setUp({
      retryPolicy: {
        ...policy.retryPolicy,
        retryHostPredicate: [{ name: "envoy.retry_host_predicates.previous_hosts" }],
        hostSelectionRetryMaxAttempts: "5",
      },
    });
    mesh.send({});
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(12.5);
    const { triedHosts, hostSelectionAttempts } = mesh.cluster("a").last.context;
    assert.deepEqual([triedHosts[0]?.address, hostSelectionAttempts], ["192.0.2.7:9080", 5]);
  });
});

describe("a timeout of each try", () => {
  test("ends the try and not the request", () => {
    const mesh = setUp({
      timeout: "10s",
      retryPolicy: { retryOn: "5xx", numRetries: 1, perTryTimeout: "0.1s" },
    });
    const client = mesh.send({});
    mesh.clock.advanceMs(100);
    assert.equal(mesh.cluster("a").last.isReset, true);
    mesh.clock.advanceMs(12.5);
    mesh.cluster("a").last.respond(200);
    assert.equal(client.status, 200);
  });

  test("holds without a condition that allows a retry, and then answers 504", () => {
    const mesh = setUp({ retryPolicy: { retryOn: "connect-failure", perTryTimeout: "0.1s" } });
    const client = mesh.send({});
    mesh.clock.advanceMs(100);
    assert.equal(client.status, 504);
    assert.deepEqual(mesh.log, ["UT upstream_per_try_timeout"]);
  });
});

describe("no upstream", () => {
  for (const [title, failure, want] of [
    ["no healthy host", { kind: "no-healthy-host", flag: "UH" }, [503, "UH no_healthy_upstream"]],
    [
      "an open breaker",
      { kind: "overflow", flag: "UO" },
      [503, "UO upstream_reset_before_response_started{overflow}"],
    ],
  ] as const) {
    test(`${title} answers ${want[0]} and is not tried again`, () => {
      const mesh = setUp({ retryPolicy: { retryOn: "5xx,connect-failure", numRetries: 3 } });
      mesh.cluster("a").failures = [failure];
      const client = mesh.send({});
      assert.deepEqual([client.status, mesh.log[0]], want);
    });
  }
});

describe("a host that cannot be reached", () => {
  test("is told to the outlier detector, and another is tried", () => {
    const mesh = setUp({ retryPolicy: { retryOn: "connect-failure" } });
    const host = mesh.cluster("a").hosts[0];
    assert(host !== undefined);
    mesh.cluster("a").failures = [
      { kind: "connect-failure", host, detail: "delayed connect error: 111", flag: "UF" },
    ];
    const client = mesh.send({});
    assert.deepEqual(mesh.cluster("a").reported, ["local-failure"]);
    mesh.clock.advanceMs(12.5);
    mesh.cluster("a").last.respond(200);
    assert.equal(client.status, 200);
  });
});

describe("a tunnel", () => {
  test("that has been agreed on outlives the route's timeout, whoever ends first", () => {
    const mesh = createHttpFixture({
      ...inlineRoutes(routeToA({ timeout: "1s" })),
      upgradeConfigs: [{ upgradeType: "websocket" }],
    });
    const client = mesh.send({
      headers: { connection: "upgrade", upgrade: "websocket" },
      endStream: false,
    });
    const upstream = mesh.cluster("a").last;
    upstream.opener.onHead({ status: 101, headers: upstream.head.headers.copy() }, false);
    client.receiver?.onData(Buffer.alloc(0), true);
    mesh.clock.advanceMs(60_000);
    upstream.opener.onData(Buffer.from("still here"), false);
    assert.deepEqual([client.isReset, client.body], [false, "still here"]);
  });
});

describe("a bug", () => {
  const bug = () => {
    throw new Error("a bug");
  };

  test("on the way up ends its request with a 500, and no other", () => {
    const mesh = setUp();
    const { openStream } = mesh.cluster("a");
    mesh.cluster("a").openStream = bug;
    assert.equal(mesh.send({}).status, 500);
    mesh.cluster("a").openStream = openStream;
    const next = mesh.send({});
    mesh.cluster("a").last.respond(200);
    assert.equal(next.status, 200);
    assert.deepEqual(mesh.log, ["- filter_threw", "- via_upstream"]);
    assert.equal(mesh.stats.counter("weft_http_filter_threw_total", PREFIX).value, 1);
  });

  test("on the way back answers 500 and leaves the upstream", () => {
    const mesh = setUp();
    const client = mesh.send({});
    mesh.cluster("a").reportResult = bug;
    mesh.cluster("a").last.respond(200, {}, "never seen");
    assert.deepEqual([client.status, client.body], [500, ""]);
    assert.equal(mesh.cluster("a").last.isReset, true);
  });

  test("in the back-off of a retry answers 500", () => {
    const mesh = setUp({ retryPolicy: { retryOn: "5xx" } });
    const client = mesh.send({});
    mesh.cluster("a").last.respond(503);
    mesh.cluster("a").openStream = bug;
    mesh.clock.advanceMs(12.5);
    assert.equal(client.status, 500);
  });
});

const PREFIX = { envoy_http_conn_manager_prefix: "test" };
