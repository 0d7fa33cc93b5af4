import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { routeTable } from "../http/fixture/http-fixture.ts";
import { decide, tableOf } from "./fixture/route-fixture.ts";

const host = (more: JsonObject) => ({ name: "all", domains: ["*"], ...more });

describe("a route configuration that is refused", () => {
  const match = { prefix: "/" };
  for (const [title, json, field] of [
    [
      "two virtual hosts with one domain",
      { virtualHosts: [host({ domains: ["a"] }), host({ domains: ["A"] })] },
      "t.virtual_hosts",
    ],
    [
      "a virtual host without domains",
      { virtualHosts: [host({ domains: [] })] },
      "t.virtual_hosts[0].domains",
    ],
    [
      "require_tls that does not exist",
      { virtualHosts: [host({ requireTls: 7 })] },
      "t.virtual_hosts[0].require_tls",
    ],
    ["a matcher", { virtualHosts: [host({ matcher: {} })] }, "t.virtual_hosts[0].matcher"],
    [
      "rate limits",
      { virtualHosts: [host({ rateLimits: [{}] })] },
      "t.virtual_hosts[0].rate_limits",
    ],
    ["vhds", { vhds: {} }, "t.vhds"],
    [
      "path parameters that are ignored",
      { ignorePathParametersInPathMatching: true },
      "t.ignore_path_parameters_in_path_matching",
    ],
    [
      "a route without match",
      { virtualHosts: [host({ routes: [{ route: { cluster: "a" } }] })] },
      "t.virtual_hosts[0].routes[0].match",
    ],
    [
      "a route without action",
      { virtualHosts: [host({ routes: [{ match }] })] },
      "t.virtual_hosts[0].routes[0]",
    ],
    [
      "a match of metadata",
      {
        virtualHosts: [
          host({
            routes: [{ match: { ...match, dynamicMetadata: [{}] }, route: { cluster: "a" } }],
          }),
        ],
      },
      "t.virtual_hosts[0].routes[0].match",
    ],
    [
      "a match of TLS",
      {
        virtualHosts: [
          host({ routes: [{ match: { ...match, tlsContext: {} }, route: { cluster: "a" } }] }),
        ],
      },
      "t.virtual_hosts[0].routes[0].match",
    ],
    [
      "the second bad route, by its index",
      {
        virtualHosts: [
          host({
            routes: [
              { match, route: { cluster: "a" } },
              { match, route: { cluster: "" } },
            ],
          }),
        ],
      },
      "t.virtual_hosts[0].routes[1].route.cluster",
    ],
  ] as const) {
    test(title, () => {
      assert.throws(() => routeTable({ name: "t", ...(json as JsonObject) }), {
        name: "ConfigError",
        field,
      });
    });
  }

  test("a configuration without a name is called route_config", () => {
    assert.throws(() => routeTable({ vhds: {} }), { field: "route_config.vhds" });
  });

  test("a configuration without virtual hosts is fine", () => {
    assert.deepEqual(routeTable({ name: "t" }).clusterNames, []);
  });
});

describe("direct response", () => {
  const compile = (directResponse: JsonObject, more: JsonObject = {}) =>
    decide(
      routeTable({
        name: "t",
        virtualHosts: [host({ routes: [{ match: { prefix: "" }, directResponse }] })],
        ...more,
      }),
    ).route.action;

  for (const [title, message, want] of [
    ["no body", { status: 204 }, { status: 204, body: "" }],
    ["a text", { status: 200, body: { inlineString: "hi" } }, { status: 200, body: "hi" }],
    ["bytes", { status: 599, body: { inlineBytes: "aGk=" } }, { status: 599, body: "hi" }],
    [
      "a body of the greatest size",
      { status: 200, body: { inlineString: "a".repeat(4096) } },
      { status: 200, body: "a".repeat(4096) },
    ],
  ] as const) {
    test(title, () => assert.deepEqual(compile(message), { kind: "direct-response", ...want }));
  }

  const at = "t.virtual_hosts[0].routes[0].direct_response";
  for (const [title, message, field] of [
    ["a status below 200", { status: 199 }, `${at}.status`],
    ["a status above 599", { status: 600 }, `${at}.status`],
    ["a body from a file", { status: 200, body: { filename: "/etc/passwd" } }, `${at}.body`],
    [
      "a body above 4096 bytes",
      { status: 200, body: { inlineString: "a".repeat(4097) } },
      `${at}.body`,
    ],
    [
      "a body whose characters take more bytes",
      { status: 200, body: { inlineString: "\u00e9".repeat(2049) } },
      `${at}.body`,
    ],
  ] as const) {
    test(`${title} is refused`, () => {
      assert.throws(() => compile(message), { name: "ConfigError", field });
    });
  }

  test("the greatest size may be set", () => {
    const message = { status: 200, body: { inlineString: "abc" } };
    assert.doesNotThrow(() => compile(message, { maxDirectResponseBodySizeBytes: 3 }));
    assert.throws(() => compile(message, { maxDirectResponseBodySizeBytes: 2 }), {
      field: `${at}.body`,
    });
  });
});

describe("what a route carries", () => {
  test("metadata, for where it came from", () => {
    const filterMetadata = { "weft.dev/origin": { name: "reviews" } };
    const table = tableOf({
      match: { prefix: "" },
      route: { cluster: "a" },
      metadata: { filterMetadata },
    });
    assert.deepEqual(decide(table).route.metadata, filterMetadata);
  });

  test("an action that only carries filter configuration", () => {
    const table = tableOf({ match: { prefix: "" }, nonForwardingAction: {} });
    const { route, cluster } = decide(table);
    assert.deepEqual([route.action.kind, cluster], ["non-forwarding", ""]);
  });

  test("filter configuration of the most specific level", () => {
    const fault = (percentage: number) => ({
      typedPerFilterConfig: {
        "envoy.filters.http.fault": {
          "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
          abort: { httpStatus: 500, percentage: { numerator: percentage } },
        },
      },
    });
    const share = { name: "a", weight: 1, ...fault(3) };
    const compile = (route: JsonObject, shares: JsonObject) =>
      decide(
        routeTable({
          ...fault(1),
          virtualHosts: [
            host({
              routes: [
                {
                  match: { prefix: "" },
                  route: { weightedClusters: { clusters: [shares] } },
                  ...route,
                },
              ],
            }),
          ],
        }),
      ).filterConfigs.get("envoy.filters.http.fault");
    const plain = { name: "a", weight: 1 };
    const numerators = [compile({}, plain), compile(fault(2), plain), compile(fault(2), share)].map(
      (config) => (config as { abort: { share: { numerator: number } } }).abort.share.numerator,
    );
    assert.deepEqual(numerators, [1, 2, 3]);
  });
});
