import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TYPE_URL } from "@weft/api";
import { endpoint, locality, staticCluster } from "../cluster/fixture/cluster-fixture.ts";
import { createDynamicConfigFixture, unboundListener } from "./fixture/dynamic-config-fixture.ts";

const { cluster, listener, route, endpoint: assignment } = TYPE_URL;
const hosts = (name: string) => staticCluster([locality([endpoint(name)])]);
const eds = { type: "EDS", edsClusterConfig: { edsConfig: { ads: {} } } };

describe("an update", () => {
  test("is taken in part: what is broken is refused by name, what is good serves", () => {
    const { push, clusters, accepted } = createDynamicConfigFixture();
    const refused = push(cluster, [
      ["a", { name: "a", ...hosts("h1") }],
      ["b", { name: "b", type: "STATIC", loadAssignment: { endpoints: [{ lbEndpoints: [{}] }] } }],
      ["c", { name: "c", ...hosts("h2") }],
    ]);
    assert.equal(refused.length, 1);
    assert.match(refused[0] ?? "", /^b: /);
    assert.deepEqual([...accepted.state(cluster).accepted.keys()], ["a", "c"]);
    assert.deepEqual(
      ["a", "b", "c"].map((name) => clusters.cluster(name) !== undefined),
      [true, false, true],
    );
  });

  test("that is broken leaves what served before, until a good one comes", () => {
    const { push, clusters, accepted } = createDynamicConfigFixture();
    push(cluster, [["a", { name: "a", ...hosts("h1") }]]);
    assert.equal(push(cluster, [["a", Uint8Array.of(255, 255, 255)]]).length, 1);
    assert.deepEqual(
      clusters.cluster("a")?.hosts.map(({ address }) => address),
      ["h1"],
    );
    const { refused } = accepted.state(cluster);
    assert.deepEqual([refused.get("a")?.version, accepted.state(cluster).version], ["2", "2"]);
    assert.deepEqual(push(cluster, [["a", { name: "a", ...hosts("h2") }]]), []);
    assert.deepEqual(
      clusters.cluster("a")?.hosts.map(({ address }) => address),
      ["h2"],
    );
    assert.equal(accepted.state(cluster).refused.size, 0);
  });

  test("removes before it adds", () => {
    const { push, events } = createDynamicConfigFixture();
    push(listener, [["old", unboundListener("old")]]);
    push(listener, [["new", unboundListener("new")]], ["old"]);
    assert.deepEqual(events, ["old opens", "old drains 45000", "new opens"]);
  });

  test("of a type that was not asked for is refused whole", () => {
    const { push } = createDynamicConfigFixture();
    assert.deepEqual(
      push(TYPE_URL.secret, [
        ["a", {}],
        ["b", {}],
      ]),
      ["this type was not asked for", "this type was not asked for"],
    );
  });

  for (const [typeUrl, content] of [
    [cluster, { name: "b", ...hosts("h1") }],
    [listener, unboundListener("b")],
    [route, { name: "b" }],
    [assignment, { clusterName: "b" }],
  ] as const)
    test(`with a ${typeUrl.split(".").at(-1)} by another name is refused`, () => {
      const { push } = createDynamicConfigFixture();
      assert.deepEqual(push(typeUrl, [["a", content]]), [
        'a: name: "b" is not the name that it came by',
      ]);
    });

  test("of clusters and of listeners, even empty ones, is what starting waits for", () => {
    const { push, dynamic } = createDynamicConfigFixture();
    push(route, []);
    push(cluster, []);
    assert.equal(dynamic.isInitialised, false);
    push(listener, []);
    assert.equal(dynamic.isInitialised, true);
  });
});

describe("subscriptions", () => {
  test("start with everything of clusters and listeners", () => {
    const { wanted } = createDynamicConfigFixture();
    assert.deepEqual([wanted(cluster), wanted(listener)], [["*"], ["*"]]);
  });

  test("follow the clusters' endpoints and the listeners' routes, both ways", () => {
    const { push, wanted, routes } = createDynamicConfigFixture();
    push(cluster, [
      ["a", { name: "a", ...eds }],
      ["b", { name: "b", ...eds }],
    ]);
    push(listener, [
      ["l1", unboundListener("l1", "r1")],
      ["l2", unboundListener("l2", "r2")],
    ]);
    assert.deepEqual(
      [wanted(assignment), wanted(route)],
      [
        ["a", "b"],
        ["r1", "r2"],
      ],
    );
    push(route, [
      ["r1", { name: "r1" }],
      ["r2", { name: "r2" }],
    ]);
    push(cluster, [], ["a"]);
    push(listener, [], ["l1"]);
    assert.deepEqual([wanted(assignment), wanted(route)], [["b"], ["r2"]]);
    assert.deepEqual([routes.get("r1"), routes.get("r2") !== undefined], [undefined, true]);
  });

  test("a listener that changes its routes asks for both until the new ones are there", () => {
    const { push, wanted } = createDynamicConfigFixture();
    push(listener, [["l", unboundListener("l", "r1")]]);
    push(route, [["r1", { name: "r1" }]]);
    push(listener, [["l", unboundListener("l", "r2")]]);
    assert.deepEqual(wanted(route), ["r1", "r2"]);
    push(route, [["r2", { name: "r2" }]]);
    assert.deepEqual(wanted(route), ["r2"]);
  });
});
