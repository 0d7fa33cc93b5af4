import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { fakeRequest } from "../../http/fixture/fake-downstream.ts";
import { decide, tableOf } from "../fixture/route-fixture.ts";
import { matchRoute } from "../match-route.ts";

const split = (clusters: readonly JsonObject[], more: JsonObject = {}) =>
  tableOf({
    match: { prefix: "" },
    route: { weightedClusters: { clusters: [...clusters], ...more } },
  });

const THREE_PERCENT = [
  { name: "v1", weight: 97 },
  { name: "v2", weight: 3 },
];

describe("weighted clusters", () => {
  for (const [title, clusters, draw, want] of [
    ["the first share begins at 0", THREE_PERCENT, 0, "v1"],
    ["the first share ends before its weight", THREE_PERCENT, 0.9699, "v1"],
    ["the second share begins at the first one's weight", THREE_PERCENT, 0.97, "v2"],
    ["the last share reaches the end", THREE_PERCENT, 0.999_999_999, "v2"],
    [
      "a weight of 0 is never drawn",
      [
        { name: "none", weight: 0 },
        { name: "all", weight: 1 },
      ],
      0,
      "all",
    ],
    [
      "weights need not add up to 100",
      [
        { name: "a", weight: 1 },
        { name: "b", weight: 2 },
      ],
      0.34,
      "b",
    ],
    [
      "weights may be as large as 32 bits hold",
      [
        { name: "a", weight: 1 },
        { name: "b", weight: 4_294_967_294 },
      ],
      0.5,
      "b",
    ],
  ] as const) {
    test(title, () => assert.equal(decide(split(clusters), {}, () => draw).cluster, want));
  }

  for (const [title, value, want] of [
    ["its number is the draw", "96", "v1"],
    ["one more is the next share", "97", "v2"],
    ["a number above the total begins anew", "197", "v2"],
    ["a hash of 64 bits is a number", "18446744073709551615", "v1"],
    ["more than 64 bits leaves it to the random", "18446744073709551616", "v2"],
    ["anything else leaves it to the random", "x", "v2"],
  ] as const) {
    test(`random from a header: ${title}`, () => {
      const table = split(THREE_PERCENT, { headerName: "X-Draw" });
      const decision = decide(table, { headers: { "x-draw": value } }, () => 0.99);
      assert.equal(decision.cluster, want);
    });
  }

  test("random from a header: a missing or repeated header leaves it to the random", () => {
    const table = split(THREE_PERCENT, { headerName: "x-draw" });
    assert.equal(decide(table, {}, () => 0.99).cluster, "v2");
    const repeated = fakeRequest({ headers: { "x-draw": "1" } });
    repeated.headers.add("x-draw", "2");
    assert.equal(matchRoute(table, repeated, () => 0.99)?.cluster, "v2");
  });

  test("a share may take its cluster's name from a header", () => {
    const table = split([{ clusterHeader: "X-Cluster", weight: 1 }]);
    assert.equal(decide(table, { headers: { "x-cluster": "b" } }).cluster, "b");
    assert.equal(decide(table).cluster, "");
  });

  describe("the host of a share", () => {
    const hostFor = (draw: number, route: JsonObject = {}) => {
      const clusters = [
        { name: "a", weight: 1, hostRewriteLiteral: "a.example.com" },
        { name: "b", weight: 1 },
      ];
      const table = tableOf({
        match: { prefix: "" },
        route: { weightedClusters: { clusters }, ...route },
      });
      return decide(table, {}, () => draw).hostRewrite;
    };

    test("is its own, and none for a share without", () => {
      assert.deepEqual(hostFor(0), { kind: "literal", host: "a.example.com" });
      assert.equal(hostFor(0.5), undefined);
    });

    test("is the route's when that has one", () => {
      const route = { hostRewriteLiteral: "route.example.com" };
      assert.deepEqual(hostFor(0, route), { kind: "literal", host: "route.example.com" });
      assert.deepEqual(hostFor(0.5, route), { kind: "literal", host: "route.example.com" });
    });
  });

  test("every cluster that a table can name is known, each once", () => {
    const shares = split([
      { name: "a", weight: 1 },
      { name: "b", weight: 0 },
      { name: "a", weight: 1 },
      { clusterHeader: "x", weight: 1 },
    ]);
    assert.deepEqual(shares.clusterNames, ["a", "b"]);
    const mirrored = tableOf({
      match: { prefix: "" },
      route: { cluster: "a", requestMirrorPolicies: [{ cluster: "m" }] },
    });
    assert.deepEqual(mirrored.clusterNames, ["a", "m"]);
  });
});

describe("a cluster choice that cannot work", () => {
  const at = "t.virtual_hosts[0].routes[0].route";
  for (const [title, route, field] of [
    ["no cluster", {}, at],
    ["an empty name", { cluster: "" }, `${at}.cluster`],
    ["an empty header", { clusterHeader: "" }, `${at}.cluster_header`],
    ["no shares", { weightedClusters: {} }, `${at}.weighted_clusters`],
    [
      "weights of 0",
      { weightedClusters: { clusters: [{ name: "a", weight: 0 }] } },
      `${at}.weighted_clusters`,
    ],
    [
      "weights above 32 bits",
      {
        weightedClusters: {
          clusters: [
            { name: "a", weight: 2 },
            { name: "b", weight: 4_294_967_294 },
          ],
        },
      },
      `${at}.weighted_clusters`,
    ],
    [
      "a share without weight",
      { weightedClusters: { clusters: [{ name: "a" }] } },
      `${at}.weighted_clusters.clusters[0].weight`,
    ],
    [
      "a share without name",
      { weightedClusters: { clusters: [{ weight: 1 }] } },
      `${at}.weighted_clusters.clusters[0]`,
    ],
    [
      "a share with name and header",
      { weightedClusters: { clusters: [{ name: "a", clusterHeader: "b", weight: 1 }] } },
      `${at}.weighted_clusters.clusters[0]`,
    ],
    [
      "a subset of a share",
      { weightedClusters: { clusters: [{ name: "a", weight: 1, metadataMatch: {} }] } },
      `${at}.weighted_clusters.clusters[0].metadata_match`,
    ],
  ] as const) {
    test(`${title} is refused`, () => {
      assert.throws(() => tableOf({ match: { prefix: "" }, route: route as JsonObject }), {
        name: "ConfigError",
        field,
      });
    });
  }
});
