import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { ClusterLoadAssignmentSchema } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import { anyRegistry } from "../config/any-registry.ts";
import { parseClusterConfig } from "./cluster-config.ts";
import { parseLoadAssignment } from "./load-assignment.ts";

/** Recordings come from a newer Envoy, which has a few more fields. */
const JSON_OPTIONS = { registry: anyRegistry, ignoreUnknownFields: true };

const parse = (json: JsonValue) => parseClusterConfig(fromJson(ClusterSchema, json, JSON_OPTIONS));

describe("cluster configuration", () => {
  test("has Envoy's defaults", () => {
    const config = parse({ name: "a" });
    assert.equal(config.connectTimeoutMs, 5000);
    assert.equal(config.panicThresholdPercent, 50);
    assert.deepEqual(config.policy, { kind: "round-robin" });
    assert.deepEqual(config.circuitBreakers, {
      maxConnections: 1024,
      maxPendingRequests: 1024,
      maxRequests: 1024,
      maxRetries: 3,
      retryBudget: undefined,
    });
    assert.equal(config.protocol.choice, "http1");
  });

  test("an EDS cluster asks for its service name, or else its own", () => {
    const discoveryOf = (eds: JsonValue) =>
      parse({ name: "a", type: "EDS", edsClusterConfig: eds }).discovery;
    assert.deepEqual(discoveryOf({ serviceName: "b", edsConfig: { ads: {} } }), {
      kind: "eds",
      serviceName: "b",
      initialFetchTimeoutMs: 15_000,
    });
    const own = discoveryOf({ edsConfig: { ads: {}, initialFetchTimeout: "0s" } });
    assert.equal(own.kind === "eds" && own.serviceName, "a");
  });

  for (const [field, json] of [
    ["name", {}],
    ["lb_policy", { name: "a", lbPolicy: "RING_HASH" }],
    ["lb_subset_config", { name: "a", lbSubsetConfig: {} }],
    ["health_checks", { name: "a", healthChecks: [{ timeout: "1s" }] }],
  ] as const) {
    test(`refuses ${JSON.stringify(json)} and names ${field}`, () => {
      assert.throws(() => parse(json as JsonValue), { name: "ConfigError", field });
    });
  }
});

const RECORDED = process.env.WEFT_CONFORMANCE_DATA ?? "../shared/conformance";

test("every cluster and assignment of the recorded istiod is understood", {
  skip: !existsSync(RECORDED),
}, () => {
  const files = globSync(`${RECORDED}/istiod/*/{sidecar,ingress}*.json`);
  assert(files.length >= 8, "too few recordings");
  for (const file of files) {
    const { clusters, endpoints } = JSON.parse(readFileSync(file, "utf8"));
    // Hashing policies are not there yet; they are refused by name.
    const supported = clusters.filter(
      (json: { lb_policy?: string }) => json.lb_policy !== "RING_HASH",
    );
    for (const json of supported) {
      const { "@type": _, ...cluster } = json;
      assert.doesNotThrow(() => parse(cluster), `${file}: ${cluster.name}`);
    }
    for (const json of endpoints) {
      const { "@type": _, ...assignment } = json;
      const message = fromJson(ClusterLoadAssignmentSchema, assignment, JSON_OPTIONS);
      assert.doesNotThrow(() => parseLoadAssignment(message), `${file}: ${message.clusterName}`);
    }
  }
});
