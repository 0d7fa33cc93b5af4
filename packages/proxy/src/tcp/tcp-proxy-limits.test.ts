import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { createTcpFixture, settle } from "./fixture/tcp-fixture.ts";

const DB = { cluster: "db" };

describe("idle timeout", () => {
  for (const direction of ["client", "server"] as const) {
    test(`is counted from the last byte of the ${direction}`, async () => {
      const fixture = createTcpFixture({ ...DB, idleTimeout: "10s" });
      await settle();
      fixture.clock.advanceMs(9_000);
      fixture[direction].write("x");
      await settle();
      fixture.clock.advanceMs(9_999);
      await settle();
      assert.equal(fixture.isClosed(), false);
      fixture.clock.advanceMs(1);
      await settle();
      assert.deepEqual([fixture.isClosed(), fixture.stat("idle_timeout")], [true, 1]);
    });
  }

  test("is an hour unless it is given", async () => {
    const { clock, isClosed } = createTcpFixture(DB);
    await settle();
    clock.advanceMs(3_599_999);
    await settle();
    assert.equal(isClosed(), false);
    clock.advanceMs(1);
    await settle();
    assert.equal(isClosed(), true);
  });

  test("of 0 is none", async () => {
    const { clock, isClosed } = createTcpFixture({ ...DB, idleTimeout: "0s" });
    await settle();
    clock.advanceMs(100_000_000);
    await settle();
    assert.equal(isClosed(), false);
  });
});

describe("max_downstream_connection_duration", () => {
  test("ends a connection however busy it is, and says DT", async () => {
    const json = { ...DB, maxDownstreamConnectionDuration: "60s" };
    const { clock, client, isClosed, log, stat } = createTcpFixture(json);
    await settle();
    clock.advanceMs(59_999);
    client.write("x");
    await settle();
    assert.equal(isClosed(), false);
    clock.advanceMs(1);
    await settle();
    assert.deepEqual([isClosed(), log], [true, ["DT 1 0 db\n"]]);
    assert.equal(stat("max_downstream_connection_duration"), 1);
  });

  test("also counts while the connection is made", async () => {
    const json = { ...DB, maxDownstreamConnectionDuration: "1s" };
    const { clock, isClosed } = createTcpFixture(json, { answers: ["never"] });
    clock.advanceMs(1000);
    await settle();
    assert.equal(isClosed(), true);
  });
});

describe("weighted clusters", () => {
  const split = {
    weightedClusters: {
      clusters: [
        { name: "a", weight: 1 },
        { name: "b", weight: 3 },
      ],
    },
  };
  for (const [draw, want] of [
    [0, "a"],
    [0.2499, "a"],
    [0.25, "b"],
    [0.9999, "b"],
  ] as const) {
    test(`a draw of ${draw} goes to ${want}`, () => {
      const { asked } = createTcpFixture(split, { draw });
      assert.deepEqual(asked, [`${want} 192.0.2.2:5432 0`]);
    });
  }
});

describe("configuration that is refused", () => {
  const shares = (...clusters: JsonObject[]) => ({ weightedClusters: { clusters } });
  const cases: readonly [JsonObject, string][] = [
    [{ statPrefix: "", ...DB }, "stat_prefix"],
    [{}, "cluster"],
    [shares(), "weighted_clusters"],
    [shares({ name: "a", weight: 0 }), "weighted_clusters.clusters[0].weight"],
    [shares({ name: "a", weight: 1 }, { weight: 1 }), "weighted_clusters.clusters[1].name"],
    [
      shares({ name: "a", weight: 1, metadataMatch: {} }),
      "weighted_clusters.clusters[0].metadata_match",
    ],
    [{ ...DB, maxConnectAttempts: 0 }, "max_connect_attempts"],
    [{ ...DB, idleTimeout: "-1s" }, "idle_timeout"],
    [{ ...DB, maxDownstreamConnectionDuration: "0s" }, "max_downstream_connection_duration"],
    [{ ...DB, tunnelingConfig: { hostname: "x" } }, "tunneling_config"],
    [{ ...DB, onDemand: {} }, "on_demand"],
    [{ ...DB, metadataMatch: {} }, "metadata_match"],
  ];
  for (const [json, field] of cases) {
    test(`${JSON.stringify(json)} names ${field}`, () => {
      assert.throws(() => createTcpFixture(json), { name: "ConfigError", field });
    });
  }
});
