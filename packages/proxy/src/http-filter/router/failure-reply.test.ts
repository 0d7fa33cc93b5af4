import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeHost } from "../../http/fixture/fake-cluster.ts";
import {
  accessLog,
  createHttpFixture,
  inlineRoutes,
  routeToA,
} from "../../http/fixture/http-fixture.ts";

const RETRIES = { retryPolicy: { retryOn: "5xx", numRetries: 1 } };

function setUp(route = {}) {
  return createHttpFixture(
    { ...inlineRoutes(routeToA(route)), ...accessLog() },
    { random: () => 0.5 },
  );
}

const noConnection = {
  kind: "connect-failure",
  host: fakeHost("192.0.2.7:9080"),
  detail: "delayed connect error: 111",
  flag: "UF",
} as const;

describe("a stream that breaks before the response", () => {
  for (const [reason, status, text, flag] of [
    ["connection-closed", 503, "connection termination", "UC"],
    ["remote-reset", 503, "remote reset", "UR"],
    ["refused-stream", 503, "remote refused stream reset", "UR"],
    ["protocol-error", 502, "protocol error", "UPE"],
    ["local-reset", 503, "local reset", "LR"],
  ] as const) {
    test(`by ${reason} is a ${status}`, () => {
      const mesh = setUp();
      const client = mesh.send({});
      mesh.cluster("a").last.breakOff(reason);
      const body = `upstream connect error or disconnect/reset before headers. reset reason: ${text}`;
      assert.deepEqual([client.status, client.body], [status, body]);
      const detail = text.replaceAll(" ", "_");
      assert.deepEqual(mesh.log, [`${flag} upstream_reset_before_response_started{${detail}}`]);
      assert.deepEqual(mesh.cluster("a").reported, ["local-failure"]);
    });
  }

  test("says so in the middle of the response by cutting it", () => {
    const mesh = setUp(RETRIES);
    const client = mesh.send({});
    const upstream = mesh.cluster("a").last;
    upstream.opener.onHead({ status: 200, headers: upstream.head.headers.copy() }, false);
    upstream.breakOff("remote-reset");
    assert.deepEqual([client.status, client.isReset, client.isEnded], [200, true, false]);
    assert.deepEqual(mesh.log, ["UR upstream_reset_after_response_started{remote-reset}"]);
  });
});

describe("a host that cannot be reached", () => {
  test("is a 503 with the reason, in which the access log finds no blank", () => {
    const mesh = setUp();
    mesh.cluster("a").failures = [noConnection];
    const client = mesh.send({});
    assert.equal(client.status, 503);
    assert.match(
      client.body,
      /reset reason: remote connection failure, transport failure reason: delayed connect error: 111$/,
    );
    assert.deepEqual(mesh.log, [
      "UF upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_111}",
    ]);
  });

  test("is told as the latest of several", () => {
    const mesh = setUp(RETRIES);
    mesh.cluster("a").failures = [noConnection, noConnection];
    const client = mesh.send({});
    mesh.clock.advanceMs(12.5);
    assert.match(
      client.body,
      /before headers\. retried and the latest reset reason: remote connection/,
    );
    assert.match(mesh.log[0] ?? "", /^UF,URX /);
  });

  test("is UNAVAILABLE to gRPC, whose message fits in a header", () => {
    const mesh = setUp();
    mesh.cluster("a").failures = [{ ...noConnection, detail: "100 % \u00fc" }];
    const { head } = mesh.send({ headers: { "content-type": "application/grpc" } });
    assert.deepEqual([head?.status, head?.headers.get("grpc-status")], [200, "14"]);
    assert.match(head?.headers.get("grpc-message") ?? "", /100 %25 %C3%BC$/);
  });
});

describe("an open breaker", () => {
  test("says to the caller that the cluster is overloaded", () => {
    const mesh = setUp(RETRIES);
    mesh.cluster("a").failures = [{ kind: "overflow", flag: "UO" }];
    const client = mesh.send({});
    assert.equal(client.head?.headers.get("x-envoy-overloaded"), "true");
    assert.match(client.body, /reset reason: overflow$/);
    mesh.clock.advanceMs(1000);
    assert.equal(mesh.cluster("a").upstreams.length, 0);
  });
});
