import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createClusterFixture,
  endpoint,
  locality,
  staticCluster,
} from "./fixture/cluster-fixture.ts";

const EDS = { type: "EDS", edsClusterConfig: { edsConfig: { ads: {} } } };

describe("hosts over updates", () => {
  function setUp(more = {}) {
    const fixture = createClusterFixture();
    fixture.apply({ ...EDS, ...more });
    return fixture;
  }

  test("an address that stays keeps its connections", async () => {
    const { assign, open, cluster, codecs } = setUp();
    assign("a", locality([endpoint("h1")]));
    await open();
    codecs[0]?.respond();
    const [before] = cluster().hosts;
    assign("a", locality([endpoint("h1", { loadBalancingWeight: 5 })]));
    await open();
    assert.equal(cluster().hosts[0], before);
    assert.equal(before?.weight, 5);
    assert.deepEqual([codecs.length, codecs[0]?.requests.length], [1, 2]);
  });

  test("an address that goes lets its requests end", async () => {
    const { assign, open, codecs } = setUp();
    assign("a", locality([endpoint("h1")]));
    const events = await open();
    assign("a", locality([endpoint("h2")]));
    assert.equal(codecs[0]?.isClosed, false);
    codecs[0]?.respond();
    assert.deepEqual(events.at(-1), "200");
    assert.equal(codecs[0]?.isClosed, true);
  });

  test("an address that stays keeps its ejection", () => {
    const { assign, cluster } = setUp({
      outlierDetection: { consecutive5xx: 1, maxEjectionPercent: 100 },
    });
    const both = locality([endpoint("h1"), endpoint("h2")]);
    assign("a", both);
    const [host] = cluster().hosts;
    assert(host);
    cluster().reportResult(host, 500);
    assert.equal(host.isHealthy, false);
    assign("a", locality([endpoint("h1"), endpoint("h2"), endpoint("h3")]));
    assert.equal(cluster().hosts[0]?.isHealthy, false);
  });

  test("the same address twice is one host, the first mention's", () => {
    const { assign, cluster } = setUp();
    const twice = [
      endpoint("h1", { loadBalancingWeight: 2 }),
      endpoint("h1", { loadBalancingWeight: 3 }),
    ];
    assign("a", locality(twice));
    assert.deepEqual(
      cluster().hosts.map(({ weight }) => weight),
      [2],
    );
  });

  test("gauges follow membership and health", () => {
    const { assign, stat } = setUp();
    assign("a", locality([endpoint("h1"), endpoint("h2", { healthStatus: "UNHEALTHY" })]));
    assert.deepEqual([stat("membership_total"), stat("membership_healthy")], [2, 1]);
    assign("a");
    assert.deepEqual([stat("membership_total"), stat("membership_healthy")], [0, 0]);
  });
});

describe("a cluster that cannot serve", () => {
  test("no host: UH", async () => {
    const { apply, open, stat } = createClusterFixture();
    apply(staticCluster([]));
    assert.deepEqual(await open(), ["UH"]);
    assert.equal(stat("upstream_cx_none_healthy"), 1);
  });

  test("a host that refuses: UF with the reason", async () => {
    const { apply, open } = createClusterFixture();
    apply(staticCluster([locality([endpoint("refused")])]));
    assert.deepEqual(await open(), ["UF: connect to refused failed: no internal listener refused"]);
  });

  test("a retry goes to another host while there is one", async () => {
    const { apply, open, cluster } = createClusterFixture();
    apply(staticCluster([locality([endpoint("refused"), endpoint("h2")])]));
    const [refused] = cluster().hosts;
    assert(refused);
    assert.deepEqual(await open({ triedHosts: [refused] }), ["ready http1"]);
  });

  test("retries take slots, and one too many is counted", () => {
    const { apply, cluster, stat } = createClusterFixture();
    apply(staticCluster([], { circuitBreakers: { thresholds: [{ maxRetries: 1 }] } }));
    assert.deepEqual([cluster().tryRetry(), cluster().tryRetry()], [true, false]);
    assert.equal(stat("upstream_rq_retry_overflow"), 1);
    cluster().endRetry();
    assert.equal(cluster().tryRetry(), true);
  });
});

describe("original destination", () => {
  function setUp() {
    const fixture = createClusterFixture();
    fixture.apply({ type: "ORIGINAL_DST", lbPolicy: "CLUSTER_PROVIDED" });
    const open = (originalDestination: string) =>
      fixture
        .cluster()
        .openConnection(
          { triedHosts: [], hostSelectionAttempts: 1, originalDestination },
          () => {},
        );
    return { ...fixture, open };
  }

  test("a host comes into being when it is asked for, and only once", () => {
    const { open, addresses } = setUp();
    const pending = [open("192.0.2.7:80"), open("192.0.2.7:80")];
    assert.deepEqual(addresses(), ["192.0.2.7:80"]);
    for (const attempt of pending) attempt.cancel();
  });

  test("a host that nobody uses is forgotten at the next clean-up", () => {
    const { open, addresses, clock } = setUp();
    const used = open("192.0.2.7:80");
    open("192.0.2.8:80").cancel();
    clock.advanceMs(5000);
    assert.deepEqual(addresses(), ["192.0.2.7:80"]);
    used.cancel();
    clock.advanceMs(5000);
    assert.deepEqual(addresses(), []);
  });

  test("no destination is no host", () => {
    const { cluster } = setUp();
    const flags: string[] = [];
    cluster().openConnection(
      { triedHosts: [], hostSelectionAttempts: 1, originalDestination: "nonsense" },
      (result) => flags.push("flag" in result ? result.flag : "connected"),
    );
    assert.deepEqual(flags, ["UH"]);
  });
});
