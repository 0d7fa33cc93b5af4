import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import {
  createHttpFixture,
  inlineRoutes,
  ROUTER,
  routeToA,
} from "../../http/fixture/http-fixture.ts";

/** The head that arrives upstream of a request like this. */
function headOf(
  request: { readonly path?: string; readonly headers?: Record<string, string> },
  route: JsonObject = {},
  more: JsonObject = {},
  manager: JsonObject = {},
) {
  const mesh = createHttpFixture({ ...inlineRoutes(routeToA(route, more)), ...manager });
  mesh.send(request);
  return mesh.cluster("a").last.head;
}

const QUIET_ROUTER = {
  httpFilters: [{ ...ROUTER, typedConfig: { ...ROUTER.typedConfig, suppressEnvoyHeaders: true } }],
};

describe("what was said to this proxy", () => {
  for (const name of [
    "x-envoy-retry-on",
    "x-envoy-retry-grpc-on",
    "x-envoy-max-retries",
    "x-envoy-retriable-status-codes",
    "x-envoy-retriable-header-names",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-rq-per-try-timeout-ms",
  ]) {
    test(`${name} goes no further`, () => {
      assert.equal(headOf({ headers: { [name]: "1" } }).headers.has(name), false);
    });
  }

  test("holds for the body that comes after it has been taken out", () => {
    const mesh = createHttpFixture(inlineRoutes(routeToA()));
    const headers = { "x-envoy-upstream-rq-timeout-ms": "100" };
    const client = mesh.send({ method: "POST", headers, endStream: false });
    client.receiver?.onData(Buffer.from("all"), true);
    mesh.clock.advanceMs(99);
    assert.equal(client.status, undefined);
    mesh.clock.advanceMs(1);
    assert.equal(client.status, 504);
  });
});

describe("a rewrite", () => {
  test("of the path keeps the query and says what was asked for", () => {
    const { path, headers } = headOf(
      { path: "/v1/x?q=1" },
      { prefixRewrite: "/v2/" },
      {
        match: { prefix: "/v1/" },
      },
    );
    assert.deepEqual([path, headers.get("x-envoy-original-path")], ["/v2/x?q=1", "/v1/x?q=1"]);
  });

  test("that changes nothing is not told", () => {
    const { headers } = headOf(
      { path: "/v1/x" },
      { prefixRewrite: "/v1/" },
      { match: { prefix: "/v1/" } },
    );
    assert.equal(headers.has("x-envoy-original-path"), false);
    const kept = headOf({}, { hostRewriteLiteral: "example.com" });
    assert.equal(kept.headers.has("x-envoy-original-host"), false);
  });

  test("of the host says which was asked for, also in x-forwarded-host where wanted", () => {
    const plain = headOf({}, { hostRewriteLiteral: "inner.example.com" });
    assert.equal(plain.authority, "inner.example.com");
    assert.equal(plain.headers.get("x-envoy-original-host"), "example.com");
    assert.equal(plain.headers.has("x-forwarded-host"), false);
    const route = { hostRewriteLiteral: "inner.example.com", appendXForwardedHost: true };
    const headers = { "x-forwarded-host": "outer.example.com" };
    const told = headOf({ headers }, route).headers.joined("x-forwarded-host");
    assert.equal(told, "outer.example.com,example.com");
  });

  test("comes after header mutations, which see the path that was asked for", () => {
    const { headers } = headOf(
      { path: "/v1/x" },
      { prefixRewrite: "/v2/" },
      {
        match: { prefix: "/v1/" },
        requestHeadersToAdd: [{ header: { key: "x-asked", value: "%REQ(:path)%" } }],
      },
    );
    assert.equal(headers.get("x-asked"), "/v1/x");
  });
});

describe("header mutations", () => {
  test("go from the most specific level outwards", () => {
    const add = (value: string) => ({
      requestHeadersToAdd: [{ header: { key: "x-level", value } }],
    });
    const mesh = createHttpFixture({
      routeConfig: {
        virtualHosts: [
          { name: "all", domains: ["*"], routes: [routeToA({}, add("route"))], ...add("host") },
        ],
        ...add("table"),
      },
    });
    mesh.send({});
    assert.equal(mesh.cluster("a").last.head.headers.joined("x-level"), "route,host,table");
  });

  test("remove before they add", () => {
    const { headers } = headOf(
      { headers: { "x-user": "jason" } },
      {},
      {
        requestHeadersToRemove: ["x-user"],
        requestHeadersToAdd: [{ header: { key: "x-user", value: "nobody" } }],
      },
    );
    assert.equal(headers.joined("x-user"), "nobody");
  });

  test("of the response hold for what comes from upstream and for the route's own replies", () => {
    const responseHeadersToAdd = [{ header: { key: "x-by", value: "route" } }];
    const forwarding = createHttpFixture(inlineRoutes(routeToA({}, { responseHeadersToAdd })));
    const client = forwarding.send({});
    forwarding.cluster("a").last.respond(200);
    assert.equal(client.head?.headers.get("x-by"), "route");
    const direct = {
      match: { prefix: "/" },
      directResponse: { status: 418 },
      responseHeadersToAdd,
    };
    const reply = createHttpFixture(inlineRoutes(direct)).send({});
    assert.deepEqual([reply.status, reply.head?.headers.get("x-by")], [418, "route"]);
  });
});

describe("a router that keeps its words to itself", () => {
  test("adds no x-envoy-* header to request or response", () => {
    const mesh = createHttpFixture({
      ...inlineRoutes(routeToA({ prefixRewrite: "/v2/", hostRewriteLiteral: "b.example.com" })),
      ...QUIET_ROUTER,
    });
    const client = mesh.send({});
    mesh.cluster("a").last.respond(200);
    const names = [
      ...mesh.cluster("a").last.head.headers.flat,
      ...(client.head?.headers.flat ?? []),
    ];
    assert.deepEqual(
      names.filter((name) => name.startsWith("x-envoy-")),
      [],
    );
  });
});

describe("the number of the try", () => {
  test("is told upstream and downstream where the virtual host says so", () => {
    const mesh = createHttpFixture({
      routeConfig: {
        virtualHosts: [
          {
            name: "all",
            domains: ["*"],
            routes: [routeToA({ retryPolicy: { retryOn: "5xx" } })],
            includeRequestAttemptCount: true,
            includeAttemptCountInResponse: true,
          },
        ],
      },
    });
    const client = mesh.send({ headers: { "x-envoy-attempt-count": "40" } });
    assert.equal(mesh.cluster("a").last.head.headers.get("x-envoy-attempt-count"), "1");
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(25);
    assert.equal(mesh.cluster("a").last.head.headers.get("x-envoy-attempt-count"), "2");
    mesh.cluster("a").last.respond(200);
    assert.equal(client.head?.headers.get("x-envoy-attempt-count"), "2");
  });
});
