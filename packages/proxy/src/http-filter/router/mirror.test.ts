import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { createHttpFixture, inlineRoutes, routeToA } from "../../http/fixture/http-fixture.ts";
import { HeaderMap } from "../../http/header-map.ts";

const MEGABYTE = 1024 * 1024;

/** A route to `a`, of which `b` gets copies. */
function setUp(policy: JsonObject = {}, random = () => 0) {
  const route = routeToA({ requestMirrorPolicies: [{ cluster: "b", ...policy }] });
  return createHttpFixture(inlineRoutes(route), { random });
}

describe("a mirrored request", () => {
  test("goes to both, under a name that says so, and only one answers", () => {
    const mesh = setUp();
    const client = mesh.send({ authority: "shop.example.com:8080" });
    assert.equal(mesh.cluster("b").last.head.authority, "shop.example.com-shadow:8080");
    mesh.cluster("b").last.respond(500, {}, "nobody sees this");
    assert.equal(client.status, undefined);
    mesh.cluster("a").last.respond(200);
    assert.equal(client.status, 200);
  });

  for (const [draw, count] of [
    [0.24, 1],
    [0.25, 0],
  ] as const) {
    test(`of a quarter of requests, a draw of ${draw} makes ${count} copies`, () => {
      const runtimeFraction = { defaultValue: { numerator: 25, denominator: "HUNDRED" } };
      const mesh = setUp({ runtimeFraction }, () => draw);
      mesh.send({});
      assert.equal(mesh.cluster("b").upstreams.length, count);
    });
  }

  test("carries body and trailers, also those that came before the connection", () => {
    const mesh = setUp();
    mesh.cluster("b").isConnecting = true;
    const client = mesh.send({ method: "POST", endStream: false });
    client.receiver?.onData(Buffer.from("body"), false);
    client.receiver?.onTrailers(new HeaderMap(["x-sum", "1"]));
    const copy = mesh.cluster("b").last;
    mesh.cluster("b").connect(copy);
    assert.equal(copy.body, "body");
    assert.equal(copy.trailers?.get("x-sum"), "1");
  });

  test("waits for a copy that is slow, and gives it up a megabyte behind", () => {
    const mesh = setUp();
    const client = mesh.send({ method: "POST", endStream: false });
    const copy = mesh.cluster("b").last;
    copy.admitsMore = false;
    client.receiver?.onData(Buffer.from("first "), false);
    client.receiver?.onData(Buffer.from("second"), false);
    assert.equal(copy.body, "first ");
    copy.admitsMore = true;
    copy.opener.onWritable();
    assert.equal(copy.body, "first second");
    copy.admitsMore = false;
    client.receiver?.onData(Buffer.alloc(1), false);
    client.receiver?.onData(Buffer.alloc(MEGABYTE), false);
    assert.equal(copy.isReset, false);
    client.receiver?.onData(Buffer.alloc(1), false);
    assert.equal(copy.isReset, true);
    client.receiver?.onData(Buffer.alloc(1), true);
    assert.equal(mesh.cluster("a").last.hasEnded, true);
  });

  test("to a cluster that has no host costs nothing", () => {
    const mesh = setUp();
    mesh.cluster("b").failures = [{ kind: "no-healthy-host", flag: "UH" }];
    const client = mesh.send({});
    mesh.cluster("a").last.respond(200);
    assert.equal(client.status, 200);
  });
});

describe("a copy", () => {
  test("is of what goes upstream: mutated, rewritten, without what was said to this proxy", () => {
    const route = routeToA(
      {
        prefixRewrite: "/v2/",
        hostRewriteLiteral: "inner.example.com",
        requestMirrorPolicies: [{ cluster: "b" }],
      },
      {
        match: { prefix: "/v1/" },
        requestHeadersToAdd: [{ header: { key: "x-by", value: "route" } }],
      },
    );
    const mesh = createHttpFixture(inlineRoutes(route));
    mesh.send({ path: "/v1/x", headers: { "x-envoy-max-retries": "3" } });
    const { path, authority, headers } = mesh.cluster("b").last.head;
    assert.deepEqual([path, authority], ["/v2/x", "inner.example.com-shadow"]);
    assert.deepEqual([headers.get("x-by"), headers.has("x-envoy-max-retries")], ["route", false]);
  });

  test("keeps the name where the policy says so", () => {
    const mesh = setUp({ disableShadowHostSuffixAppend: true });
    mesh.send({ authority: "shop.example.com" });
    assert.equal(mesh.cluster("b").last.head.authority, "shop.example.com");
  });

  test("has headers of its own", () => {
    const mesh = setUp();
    mesh.send({});
    const copy = mesh.cluster("b").last.head.headers;
    copy.set("x-mine", "1");
    assert.equal(mesh.cluster("a").last.head.headers.has("x-mine"), false);
  });

  test("is not retried, and its timeout is nobody's", () => {
    const mesh = setUp();
    const client = mesh.send({});
    mesh.cluster("b").last.breakOff("remote-reset");
    mesh.clock.advanceMs(1000);
    assert.deepEqual([mesh.cluster("b").upstreams.length, client.status], [1, undefined]);
  });

  test("that is not whole ends with a client that goes away", () => {
    const mesh = setUp();
    const client = mesh.send({ method: "POST", endStream: false });
    client.receiver?.onReset("connection-closed");
    assert.equal(mesh.cluster("b").last.isReset, true);
  });

  test("that is whole goes its way, whatever becomes of the original", () => {
    const mesh = setUp();
    const client = mesh.send({ method: "POST", endStream: false });
    client.receiver?.onData(Buffer.from("all"), true);
    client.receiver?.onReset("connection-closed");
    assert.deepEqual(
      [mesh.cluster("a").last.isReset, mesh.cluster("b").last.isReset],
      [true, false],
    );
  });

  test("goes to each cluster that is named, and to none that is not there", () => {
    const policies = ["b", "nobody", "b"].map((cluster) => ({ cluster }));
    const mesh = createHttpFixture(inlineRoutes(routeToA({ requestMirrorPolicies: policies })));
    const client = mesh.send({});
    assert.equal(mesh.cluster("b").upstreams.length, 2);
    mesh.cluster("a").last.respond(200);
    assert.equal(client.status, 200);
  });
});
