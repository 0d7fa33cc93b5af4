import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { JsonObject } from "@bufbuild/protobuf";
import { createClusterFixture } from "./fixture/cluster-fixture.ts";

const named = (...names: string[]) => ({
  loadAssignment: {
    clusterName: "a",
    endpoints: [
      {
        lbEndpoints: names.map((address) => ({
          endpoint: { address: { socketAddress: { address, portValue: 80 } } },
        })),
      },
    ],
  },
});

/** A cluster whose names have the addresses of `zone`; a name without any fails. */
async function setUp(zone: Record<string, readonly string[]>, json: JsonObject) {
  const asked: string[] = [];
  const fixture = createClusterFixture({
    async resolve(name, family) {
      asked.push(`${name} ${family}`);
      const found = zone[name];
      if (found === undefined) throw new Error("ENOTFOUND");
      return found;
    },
  });
  fixture.apply({ type: "STRICT_DNS", ...json });
  await turn();
  const refresh = async (elapsedMs: number) => {
    fixture.clock.advanceMs(elapsedMs);
    await turn();
  };
  return { ...fixture, zone, asked, refresh };
}

describe("strict DNS", () => {
  test("every address of every name is a host with the name's port", async () => {
    const zone = { "a.example.com": ["192.0.2.1", "2001:db8::1"], "b.example.com": ["192.0.2.2"] };
    const { addresses, cluster } = await setUp(zone, named("a.example.com", "b.example.com"));
    assert.deepEqual(addresses(), ["192.0.2.1:80", "[2001:db8::1]:80", "192.0.2.2:80"]);
    assert.equal(cluster().hosts[0]?.config.hostname, "a.example.com");
  });

  test("an address of two names is one host", async () => {
    const zone = { "a.example.com": ["192.0.2.1"], "b.example.com": ["192.0.2.1"] };
    const { addresses } = await setUp(zone, named("a.example.com", "b.example.com"));
    assert.deepEqual(addresses(), ["192.0.2.1:80"]);
  });

  test("names are asked again after 5 s, and what stays keeps its host", async () => {
    const { zone, addresses, cluster, refresh, asked } = await setUp(
      { "a.example.com": ["192.0.2.1", "192.0.2.2"] },
      named("a.example.com"),
    );
    const kept = cluster().hosts[1];
    zone["a.example.com"] = ["192.0.2.2", "192.0.2.3"];
    await refresh(4999);
    assert.equal(asked.length, 1);
    await refresh(1);
    assert.deepEqual(addresses(), ["192.0.2.2:80", "192.0.2.3:80"]);
    assert.equal(cluster().hosts[0], kept);
  });

  test("the refresh rate may be set", async () => {
    const zone = { "a.example.com": ["192.0.2.1"] };
    const { refresh, asked } = await setUp(zone, {
      ...named("a.example.com"),
      dnsRefreshRate: "1s",
    });
    await refresh(1000);
    assert.equal(asked.length, 2);
  });

  test("a name that fails later keeps the addresses it had", async () => {
    const { zone, addresses, refresh } = await setUp(
      { "a.example.com": ["192.0.2.1"] },
      named("a.example.com"),
    );
    delete zone["a.example.com"];
    await refresh(5000);
    assert.deepEqual(addresses(), ["192.0.2.1:80"]);
  });

  test("a name that never resolves leaves its cluster without hosts, and is said once", async () => {
    const { addresses, warnings, refresh, zone } = await setUp({}, named("a.example.com"));
    await refresh(5000);
    assert.deepEqual(addresses(), []);
    assert.deepEqual(warnings, ["name did not resolve; its cluster has no hosts: a.example.com"]);
    zone["a.example.com"] = ["192.0.2.1"];
    await refresh(5000);
    assert.deepEqual(addresses(), ["192.0.2.1:80"]);
  });

  test("one name that fails does not hold up the others", async () => {
    const zone = { "b.example.com": ["192.0.2.2"] };
    const { addresses } = await setUp(zone, named("a.example.com", "b.example.com"));
    assert.deepEqual(addresses(), ["192.0.2.2:80"]);
  });

  for (const [family, want] of [
    ["AUTO", "any"],
    ["V4_ONLY", "v4"],
    ["V6_ONLY", "v6"],
  ] as const) {
    test(`${family} asks for ${want}`, async () => {
      const { asked } = await setUp({}, { ...named("a.example.com"), dnsLookupFamily: family });
      assert.deepEqual(asked, [`a.example.com ${want}`]);
    });
  }

  test("a cluster that is removed asks no more", async () => {
    const { clusters, refresh, asked } = await setUp(
      { "a.example.com": ["192.0.2.1"] },
      named("a.example.com"),
    );
    clusters.removeCluster("a");
    await refresh(60_000);
    assert.equal(asked.length, 1);
  });

  test("a cluster that is removed while it asks never serves", async () => {
    let answer: ((found: readonly string[]) => void) | undefined;
    const { apply, clusters } = createClusterFixture({
      resolve: () => new Promise((resolve) => (answer = resolve)),
    });
    apply({ type: "STRICT_DNS", ...named("a.example.com") });
    clusters.removeCluster("a");
    answer?.(["192.0.2.1"]);
    await turn();
    assert.equal(clusters.cluster("a"), undefined);
  });
});

test("logical DNS: only the first address is a host", async () => {
  const zone = { "a.example.com": ["192.0.2.1", "192.0.2.2"] };
  const { addresses } = await setUp(zone, { type: "LOGICAL_DNS", ...named("a.example.com") });
  assert.deepEqual(addresses(), ["192.0.2.1:80"]);
});
