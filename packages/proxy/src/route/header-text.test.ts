import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { tableOf } from "./fixture/route-fixture.ts";

const BREAK = "a\r\nset-cookie: b";

describe("a line break that would make a header of its own is refused", () => {
  const cases: readonly [field: string, action: JsonObject][] = [
    ["redirect.host_redirect", { redirect: { hostRedirect: BREAK } }],
    ["redirect.path_redirect", { redirect: { pathRedirect: BREAK } }],
    ["redirect.prefix_rewrite", { redirect: { prefixRewrite: BREAK } }],
    ["route.prefix_rewrite", { route: { cluster: "a", prefixRewrite: BREAK } }],
    ["route.host_rewrite_literal", { route: { cluster: "a", hostRewriteLiteral: BREAK } }],
    [
      "route.regex_rewrite.substitution",
      {
        route: { cluster: "a", regexRewrite: { pattern: { regex: "a" }, substitution: BREAK } },
      },
    ],
    [
      "route.weighted_clusters.clusters[0].host_rewrite_literal",
      {
        route: {
          weightedClusters: { clusters: [{ name: "a", weight: 1, hostRewriteLiteral: BREAK }] },
        },
      },
    ],
  ];
  for (const [field, action] of cases) {
    test(field, () => {
      assert.throws(() => tableOf({ match: { prefix: "/" }, ...action }), {
        name: "ConfigError",
        field: `t.virtual_hosts[0].routes[0].${field}`,
      });
    });
  }
});
