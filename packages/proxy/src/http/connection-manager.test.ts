import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createHttpFixture, inlineRoutes, ROUTER, routeToA } from "./fixture/http-fixture.ts";
import { HeaderMap } from "./header-map.ts";

describe("http connection manager", () => {
  test("forwards a request and its response", () => {
    const mesh = createHttpFixture(inlineRoutes(routeToA()));
    const client = mesh.send({ path: "/reviews?x=1", headers: { "x-user": "jason" } });
    const upstream = mesh.cluster("a").last;
    assert.equal(upstream.head.path, "/reviews?x=1");
    assert.equal(upstream.head.headers.get("x-user"), "jason");
    assert.match(upstream.head.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
    mesh.clock.advanceMs(12);
    upstream.respond(200, { "content-type": "text/plain" }, "hello");
    assert.deepEqual([client.status, client.body, client.isEnded], [200, "hello", true]);
    assert.equal(client.head?.headers.get("server"), "envoy");
    assert.equal(client.head?.headers.get("x-envoy-upstream-service-time"), "12");
  });

  test("streams bodies and trailers both ways", () => {
    const mesh = createHttpFixture(inlineRoutes(routeToA()));
    const client = mesh.send({ method: "POST", endStream: false });
    const upstream = mesh.cluster("a").last;
    client.receiver?.onData(Buffer.from("one"), false);
    client.receiver?.onTrailers(new HeaderMap(["x-sum", "3"]));
    assert.deepEqual([upstream.body, upstream.trailers?.get("x-sum")], ["one", "3"]);
    upstream.opener.onHead({ status: 200, headers: new HeaderMap() }, false);
    upstream.opener.onData(Buffer.from("two"), false);
    upstream.opener.onTrailers(new HeaderMap(["grpc-status", "0"]));
    assert.deepEqual([client.body, client.trailers?.get("grpc-status")], ["two", "0"]);
  });

  test("makes a fast upstream wait for a slow client, and a fast client for a slow upstream", () => {
    const mesh = createHttpFixture(inlineRoutes(routeToA()));
    const client = mesh.send({ method: "POST", endStream: false });
    const upstream = mesh.cluster("a").last;
    upstream.admitsMore = false;
    client.receiver?.onData(Buffer.from("x"), false);
    assert.equal(client.isPaused, true);
    upstream.opener.onWritable();
    assert.equal(client.isPaused, false);
    upstream.opener.onHead({ status: 200, headers: new HeaderMap() }, false);
    client.admitsMore = false;
    upstream.opener.onData(Buffer.from("y"), false);
    assert.equal(upstream.isPaused, true);
    client.receiver?.onWritable();
    assert.equal(upstream.isPaused, false);
  });

  for (const { title, manager, path = "/", want, detail } of [
    {
      title: "no route",
      manager: inlineRoutes({ ...routeToA(), match: { path: "/x" } }),
      want: 404,
      detail: "NR route_not_found",
    },
    {
      title: "no cluster",
      manager: inlineRoutes({ match: { prefix: "/" }, route: { cluster: "z" } }),
      want: 503,
      detail: "NC cluster_not_found",
    },
    {
      title: "an escaped slash",
      manager: { normalizePath: true, ...inlineRoutes(routeToA()) },
      path: "/a%2fb",
      want: 400,
      detail: "DPE path_escaped_slash",
    },
    {
      title: "a direct response",
      manager: inlineRoutes({
        match: { prefix: "/" },
        directResponse: { status: 418, body: { inlineString: "tea" } },
      }),
      want: 418,
      detail: "- direct_response",
    },
  ]) {
    test(`answers ${title} with ${want} and says why`, () => {
      const log = accessLog("%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%");
      const mesh = createHttpFixture({ ...manager, ...log });
      assert.equal(mesh.send({ path }).status, want);
      assert.deepEqual(mesh.log, [detail]);
    });
  }

  test("resets the upstream when the client goes away", () => {
    const mesh = createHttpFixture({
      ...inlineRoutes(routeToA()),
      ...accessLog("%RESPONSE_FLAGS%"),
    });
    const client = mesh.send({});
    client.receiver?.onReset("connection-closed");
    assert.equal(mesh.cluster("a").last.isReset, true);
    assert.deepEqual(mesh.log, ["DC"]);
  });

  test("cuts the response when the upstream breaks in the middle", () => {
    const mesh = createHttpFixture({
      ...inlineRoutes(routeToA()),
      ...accessLog("%RESPONSE_FLAGS%"),
    });
    const client = mesh.send({});
    const upstream = mesh.cluster("a").last;
    upstream.opener.onHead({ status: 200, headers: new HeaderMap() }, false);
    upstream.breakOff("connection-closed");
    assert.equal(client.isReset, true);
    assert.deepEqual(mesh.log, ["UC"]);
  });

  test("answers a gRPC caller with trailers only", () => {
    const mesh = createHttpFixture(inlineRoutes(routeToA()));
    mesh.cluster("a").failures = [{ kind: "no-healthy-host", flag: "UH" }];
    const client = mesh.send({ method: "POST", headers: { "content-type": "application/grpc" } });
    assert.equal(client.status, 200);
    assert.equal(client.head?.headers.get("grpc-status"), "14");
    assert.equal(client.head?.headers.get("grpc-message"), "no healthy upstream");
  });

  test("passes trace context on untouched and starts none", () => {
    const mesh = createHttpFixture(inlineRoutes(routeToA()));
    const traced = {
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "x-b3-traceid": "463ac35c9f6413ad",
      b3: "1",
    };
    mesh.send({ headers: traced });
    for (const [name, value] of Object.entries(traced)) {
      assert.equal(mesh.cluster("a").last.head.headers.get(name), value);
    }
    mesh.send({});
    assert.equal(mesh.cluster("a").last.head.headers.has("traceparent"), false);
  });

  test("upgrades only to what is allowed", () => {
    const upgrade = { upgrade: "websocket" };
    const closed = createHttpFixture(inlineRoutes(routeToA()));
    assert.equal(closed.send({ headers: upgrade }).status, 403);
    const open = createHttpFixture({
      ...inlineRoutes(routeToA()),
      upgradeConfigs: [{ upgradeType: "websocket" }],
    });
    const client = open.send({ headers: upgrade, endStream: false });
    const upstream = open.cluster("a").last;
    assert.equal(upstream.head.headers.get("upgrade"), "websocket");
    upstream.opener.onHead(
      { status: 101, headers: new HeaderMap(Object.entries(upgrade).flat()) },
      false,
    );
    client.receiver?.onData(Buffer.from("ping"), false);
    assert.deepEqual([client.status, upstream.body], [101, "ping"]);
  });

  test("refuses a chain that does not end in the router", () => {
    assert.throws(
      () => createHttpFixture({ ...inlineRoutes(routeToA()), httpFilters: [] }),
      /router/,
    );
    assert.throws(
      () =>
        createHttpFixture({ ...inlineRoutes(routeToA()), httpFilters: [{ name: "x" }, ROUTER] }),
      /needs a typed_config/,
    );
  });

  test("drains its codec", () => {
    const mesh = createHttpFixture(inlineRoutes(routeToA()));
    mesh.drain();
    assert.equal(mesh.isDraining, true);
  });
});

function accessLog(format: string) {
  return {
    accessLog: [
      {
        name: "envoy.access_loggers.file",
        typedConfig: {
          "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
          path: "/dev/null",
          logFormat: { textFormatSource: { inlineString: format } },
        },
      },
    ],
  };
}
