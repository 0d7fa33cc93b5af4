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
