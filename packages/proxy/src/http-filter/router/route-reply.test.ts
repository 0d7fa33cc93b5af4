import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import {
  accessLog,
  createHttpFixture,
  inlineRoutes,
  routeToA,
} from "../../http/fixture/http-fixture.ts";

/** What a request like this gets from this one route, and the access log says of it. */
function ask(
  route: JsonObject,
  request: {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Record<string, string>;
  } = {},
) {
  const mesh = createHttpFixture({ ...inlineRoutes(route), ...accessLog() });
  const client = mesh.send(request);
  return { client, log: mesh.log[0] };
}

const everything = { match: { prefix: "/" } };

describe("a redirect", () => {
  for (const [title, redirect, status, location] of [
    [
      "is permanent unless it says otherwise",
      { hostRedirect: "b.example.com" },
      301,
      "http://b.example.com/a?q=1",
    ],
    [
      "may be to TLS",
      { httpsRedirect: true, responseCode: "PERMANENT_REDIRECT" },
      308,
      "https://example.com/a?q=1",
    ],
    [
      "may leave the query behind",
      { pathRedirect: "/b", stripQuery: true, responseCode: "FOUND" },
      302,
      "http://example.com/b",
    ],
    [
      "may rewrite a prefix",
      { prefixRewrite: "/c/", responseCode: "TEMPORARY_REDIRECT" },
      307,
      "http://example.com/c/a?q=1",
    ],
  ] as const) {
    test(title, () => {
      const { client, log } = ask({ ...everything, redirect }, { path: "/a?q=1" });
      assert.deepEqual([client.status, client.head?.headers.get("location")], [status, location]);
      assert.deepEqual([client.body, log], ["", "- direct_response"]);
    });
  }
});

describe("a virtual host that requires TLS", () => {
  const route = (requireTls: string) => ({
    routeConfig: {
      virtualHosts: [{ name: "all", domains: ["*"], routes: [routeToA()], requireTls }],
    },
  });

  for (const [requireTls, headers, status] of [
    ["ALL", {}, 301],
    ["ALL", { "x-envoy-internal": "true" }, 301],
    ["ALL", { "x-forwarded-proto": "https" }, undefined],
    ["EXTERNAL_ONLY", {}, 301],
    ["EXTERNAL_ONLY", { "x-envoy-internal": "true" }, undefined],
    ["NONE", {}, undefined],
  ] as const) {
    const answer = status === undefined ? "forwards" : `answers ${status} to`;
    test(`${requireTls} ${answer} a request with ${JSON.stringify(headers)}`, () => {
      const client = createHttpFixture(route(requireTls)).send({ path: "/a", headers });
      assert.equal(client.status, status);
      if (status === 301)
        assert.equal(client.head?.headers.get("location"), "https://example.com/a");
    });
  }
});

describe("a direct response", () => {
  const tea = { ...everything, directResponse: { status: 418, body: { inlineString: "tea" } } };

  test("has its body, length and type", () => {
    const { client, log } = ask(tea);
    assert.deepEqual([client.status, client.body, log], [418, "tea", "- direct_response"]);
    assert.equal(client.head?.headers.get("content-length"), "3");
    assert.equal(client.head?.headers.get("content-type"), "text/plain");
  });

  test("to HEAD tells the length of what it does not send", () => {
    const { client } = ask(tea, { method: "HEAD" });
    assert.deepEqual([client.head?.headers.get("content-length"), client.body], ["3", ""]);
    assert.equal(client.isEnded, true);
  });

  test("without a body has a length of 0, where the status allows one", () => {
    const of = (status: number) =>
      ask({ ...everything, directResponse: { status } }).client.head?.headers;
    assert.equal(of(200)?.get("content-length"), "0");
    assert.equal(of(204)?.has("content-length"), false);
    assert.equal(of(304)?.has("content-length"), false);
  });
});

describe("a route that leads nowhere", () => {
  for (const [title, route, status, log] of [
    ["to a cluster that is not there", { route: { cluster: "z" } }, 503, "NC cluster_not_found"],
    [
      "to such a cluster, by another status",
      { route: { cluster: "z", clusterNotFoundResponseCode: "NOT_FOUND" } },
      404,
      "NC cluster_not_found",
    ],
    [
      "to a cluster by a header that is not there",
      { route: { clusterHeader: "x-cluster" } },
      503,
      "NC cluster_not_found",
    ],
    ["that does not forward", { nonForwardingAction: {} }, 404, "NR route_not_found"],
  ] as const) {
    test(`${title} answers ${status}`, () => {
      const reply = ask({ ...everything, ...route });
      assert.deepEqual([reply.client.status, reply.client.body, reply.log], [status, "", log]);
    });
  }

  test("is UNIMPLEMENTED to a gRPC caller", () => {
    const { client } = ask(
      { match: { path: "/other" }, route: { cluster: "a" } },
      { headers: { "content-type": "application/grpc+proto" } },
    );
    assert.deepEqual([client.status, client.head?.headers.get("grpc-status")], [200, "12"]);
  });
});
