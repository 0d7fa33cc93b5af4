import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createClusterFixture,
  endpoint,
  locality,
  staticCluster,
} from "./fixture/cluster-fixture.ts";

const EDS = { type: "EDS", edsClusterConfig: { edsConfig: { ads: {} } } };
const eds = (initialFetchTimeout: string) => ({
  type: "EDS",
  edsClusterConfig: { edsConfig: { ads: {}, initialFetchTimeout } },
});

describe("warming", () => {
  test("a static cluster serves at once", () => {
    const { apply, addresses } = createClusterFixture();
    apply(staticCluster([locality([endpoint("h1")])]));
    assert.deepEqual(addresses(), ["h1"]);
  });

  test("an EDS cluster serves once its endpoints are there", () => {
    const { apply, assign, clusters, addresses } = createClusterFixture();
    apply(EDS);
    assert.deepEqual([clusters.cluster("a"), clusters.isWarming("a")], [undefined, true]);
    assert.deepEqual(clusters.edsNames(), ["a"]);
    assign("a", locality([endpoint("h1")]));
    assert.deepEqual([addresses(), clusters.warmingCount], [["h1"], 0]);
  });

  test("an assignment without endpoints is an answer too", () => {
    const { apply, assign, addresses } = createClusterFixture();
    apply(EDS);
    assign("a");
    assert.deepEqual(addresses(), []);
  });

  test("endpoints that do not exist are an answer too", () => {
    const { apply, clusters, addresses } = createClusterFixture();
    apply(EDS);
    clusters.removeLoadAssignment("a");
    assert.deepEqual(addresses(), []);
  });

  test("the endpoints of another name do not count", () => {
    const { apply, assign, clusters } = createClusterFixture();
    apply({ type: "EDS", edsClusterConfig: { serviceName: "b", edsConfig: { ads: {} } } });
    assign("a", locality([endpoint("h1")]));
    assert.equal(clusters.isWarming("a"), true);
    assert.deepEqual(clusters.edsNames(), ["b"]);
  });

  test("after 15 s a cluster goes on without endpoints", () => {
    const { apply, clock, clusters, addresses } = createClusterFixture();
    apply(EDS);
    clock.advanceMs(14_999);
    assert.equal(clusters.isWarming("a"), true);
    clock.advanceMs(1);
    assert.deepEqual(addresses(), []);
  });

  test("with an initial fetch timeout of 0 it waits for as long as it takes", () => {
    const { apply, clock, clusters, assign, addresses } = createClusterFixture();
    apply(eds("0s"));
    clock.advanceMs(3_600_000);
    assert.equal(clusters.isWarming("a"), true);
    assign("a", locality([endpoint("h1")]));
    assert.deepEqual(addresses(), ["h1"]);
  });

  test("a change serves only when it is warm; the cluster before it goes on", () => {
    const { apply, assign, cluster, clusters } = createClusterFixture();
    apply(staticCluster([locality([endpoint("h1")])]));
    const before = cluster();
    apply(EDS);
    assert.equal(cluster(), before);
    assign("a", locality([endpoint("h2")]));
    assert.notEqual(cluster(), before);
    assert.equal(clusters.warmingCount, 0);
  });

  test("a change of a cluster whose endpoints are known need not wait", () => {
    const { apply, assign, addresses, cluster } = createClusterFixture();
    apply(EDS);
    assign("a", locality([endpoint("h1")]));
    apply({ ...EDS, connectTimeout: "1s" });
    assert.deepEqual([addresses(), cluster().connectTimeoutMs], [["h1"], 1000]);
  });

  test("of two changes that warm only the last one counts", () => {
    const { apply, assign, cluster } = createClusterFixture();
    apply({ ...EDS, connectTimeout: "1s" });
    apply({ ...EDS, connectTimeout: "2s" });
    assign("a");
    assert.equal(cluster().connectTimeoutMs, 2000);
  });
});

describe("changes of clusters", () => {
  test("a bad cluster changes nothing", () => {
    const { apply, cluster, clusters } = createClusterFixture();
    apply(staticCluster([]));
    const before = cluster();
    assert.throws(() => apply({ ...EDS, lbPolicy: "RING_HASH" }), { field: "lb_policy" });
    assert.deepEqual([cluster(), clusters.warmingCount], [before, 0]);
  });

  test("a bad assignment changes nothing", () => {
    const { apply, assign, addresses } = createClusterFixture();
    apply(EDS);
    assign("a", locality([endpoint("h1")]));
    assert.throws(() => assign("a", locality([{ loadBalancingWeight: 1 }])), {
      name: "ConfigError",
      field: "endpoints[0].lb_endpoints[0].endpoint",
    });
    assert.deepEqual(addresses(), ["h1"]);
  });

  test("what the bootstrap defines cannot be changed or removed from outside", () => {
    const { apply, clusters, addresses } = createClusterFixture();
    apply(staticCluster([locality([endpoint("h1")])]), true);
    apply(staticCluster([locality([endpoint("h2")])]));
    clusters.removeCluster("a");
    assert.deepEqual(addresses(), ["h1"]);
  });

  test("a cluster that is removed is gone, with what it asked of EDS", () => {
    const { apply, assign, clusters } = createClusterFixture();
    apply(EDS);
    assign("a");
    clusters.removeCluster("a");
    assert.deepEqual([clusters.cluster("a"), clusters.edsNames()], [undefined, []]);
  });

  test("a cluster that is removed while it warms never serves", () => {
    const { apply, assign, clusters } = createClusterFixture();
    apply(EDS);
    clusters.removeCluster("a");
    assign("a", locality([endpoint("h1")]));
    assert.equal(clusters.cluster("a"), undefined);
  });

  test("requests in flight outlive a cluster that is removed", async () => {
    const { apply, open, clusters, codecs } = createClusterFixture();
    apply(staticCluster([locality([endpoint("h1")])]));
    const events = await open();
    clusters.removeCluster("a");
    codecs[0]?.respond();
    assert.deepEqual(events, ["ready http1", "200"]);
    assert.equal(codecs[0]?.isClosed, true);
  });

  test("each change that subscriptions may follow is told", () => {
    const { apply, assign, clusters, changes } = createClusterFixture();
    apply(EDS);
    const before = changes();
    assign("a");
    assert.equal(changes(), before + 1);
    clusters.removeCluster("a");
    assert.equal(changes(), before + 2);
  });
});
