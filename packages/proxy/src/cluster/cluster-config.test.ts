import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
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

  test("a connection's source and its probes are as written, or left to the system", () => {
    const { sourceAddress, keepAliveMs } = parse({
      name: "a",
      upstreamBindConfig: { sourceAddress: { address: "127.0.0.6", portValue: 0 } },
      upstreamConnectionOptions: { tcpKeepalive: { keepaliveTime: 30 } },
    });
    assert.deepEqual([sourceAddress, keepAliveMs], ["127.0.0.6", 30_000]);
    const plain = parse({ name: "a" });
    assert.deepEqual([plain.sourceAddress, plain.keepAliveMs], [undefined, undefined]);
    const probing = parse({ name: "a", upstreamConnectionOptions: { tcpKeepalive: {} } });
    assert.equal(probing.keepAliveMs, 7_200_000);
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

  const name = "a";
  for (const [title, json, want] of [
    ["round robin", { lbPolicy: "ROUND_ROBIN" }, { kind: "round-robin" }],
    ["random", { lbPolicy: "RANDOM" }, { kind: "random" }],
    [
      "least request of 2",
      { lbPolicy: "LEAST_REQUEST" },
      { kind: "least-request", choiceCount: 2 },
    ],
    [
      "least request of 5",
      { lbPolicy: "LEAST_REQUEST", leastRequestLbConfig: { choiceCount: 5 } },
      { kind: "least-request", choiceCount: 5 },
    ],
  ] as const) {
    test(`balances by ${title}`, () => assert.deepEqual(parse({ name, ...json }).policy, want));
  }

  const endpoints = (...hosts: string[]) => ({
    loadAssignment: {
      clusterName: name,
      endpoints: hosts.map((address) => ({
        lbEndpoints: [{ endpoint: { address: { socketAddress: { address, portValue: 80 } } } }],
      })),
    },
  });

  for (const [field, json] of [
    ["name", {}],
    ["lb_policy", { name, lbPolicy: "RING_HASH" }],
    ["lb_policy", { name, lbPolicy: "MAGLEV" }],
    [
      "least_request_lb_config.choice_count",
      { name, lbPolicy: "LEAST_REQUEST", leastRequestLbConfig: { choiceCount: 1 } },
    ],
    ["lb_subset_config", { name, lbSubsetConfig: {} }],
    [
      "upstream_bind_config.source_address.address",
      { name, upstreamBindConfig: { sourceAddress: { address: "here", portValue: 0 } } },
    ],
    [
      "upstream_bind_config.source_address.port_value",
      { name, upstreamBindConfig: { sourceAddress: { address: "127.0.0.6", portValue: 80 } } },
    ],
    ["health_checks", { name, healthChecks: [{ timeout: "1s" }] }],
    ["load_balancing_policy", { name, loadBalancingPolicy: {} }],
    ["upstream_config", { name, upstreamConfig: { name: "x" } }],
    [
      "cluster_type envoy.clusters.aggregate",
      { name, clusterType: { name: "envoy.clusters.aggregate" } },
    ],
    ["type", { name, type: 77 }],
    ["connect_timeout", { name, connectTimeout: "0s" }],
    ["connect_timeout", { name, connectTimeout: "-1s" }],
    ["dns_refresh_rate", { name, type: "STRICT_DNS", dnsRefreshRate: "0.001s" }],
    ["cleanup_interval", { name, type: "ORIGINAL_DST", cleanupInterval: "0s" }],
    ["load_assignment", { name, type: "LOGICAL_DNS", ...endpoints() }],
    [
      "load_assignment",
      { name, type: "LOGICAL_DNS", ...endpoints("a.example.com", "b.example.com") },
    ],
    ["endpoints", { name, type: "STATIC", ...endpoints("a.example.com") }],
    [
      "common_lb_config.healthy_panic_threshold",
      { name, commonLbConfig: { healthyPanicThreshold: { value: 101 } } },
    ],
    [
      'typed_extension_protocol_options["x"]',
      {
        name,
        typedExtensionProtocolOptions: {
          x: {},
        },
      },
    ],
  ] as const) {
    test(`refuses ${JSON.stringify(json)} and names ${field}`, () => {
      assert.throws(() => parse(json as JsonValue), { name: "ConfigError", field });
    });
  }
});

describe("protocol options", () => {
  const options = (json: JsonObject, more: JsonObject = {}) =>
    parse({
      name: "a",
      typedExtensionProtocolOptions: {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
          "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
          ...json,
        },
      },
      ...more,
    }).protocol;
  const http1 = { explicitHttpConfig: { httpProtocolOptions: {} } };

  for (const [title, json, want] of [
    ["HTTP/1", http1, "http1"],
    ["HTTP/2", { explicitHttpConfig: { http2ProtocolOptions: {} } }, "http2"],
    ["as downstream", { useDownstreamProtocolConfig: {} }, "downstream"],
    ["by ALPN", { autoConfig: {} }, "alpn"],
  ] as const) {
    test(title, () => assert.equal(options(json as JsonObject).choice, want));
  }

  for (const [title, json, want] of [
    ["http2_protocol_options of the cluster", { http2ProtocolOptions: {} }, "http2"],
    [
      "protocol_selection of the cluster",
      { protocolSelection: "USE_DOWNSTREAM_PROTOCOL" },
      "downstream",
    ],
  ] as const) {
    test(`the older ${title}`, () => {
      assert.equal(parse({ name: "a", ...json }).protocol.choice, want);
    });
  }

  test("idle timeout and requests a connection", () => {
    assert.deepEqual(options(http1), {
      choice: "http1",
      idleTimeoutMs: 3_600_000,
      maxRequestsPerConnection: 0,
      maxConnectionDurationMs: 0,
      maxConcurrentStreams: 0,
    });
    const common = {
      idleTimeout: "30s",
      maxRequestsPerConnection: 7,
      maxConnectionDuration: "60s",
    };
    const set = options({ ...http1, commonHttpProtocolOptions: common });
    assert.deepEqual([set.idleTimeoutMs, set.maxRequestsPerConnection], [30_000, 7]);
    assert.equal(set.maxConnectionDurationMs, 60_000);
    assert.equal(options(http1, { maxRequestsPerConnection: 5 }).maxRequestsPerConnection, 5);
  });

  test("streams at a time, wherever they are written", () => {
    const http2ProtocolOptions = { maxConcurrentStreams: 64 };
    for (const json of [
      { explicitHttpConfig: { http2ProtocolOptions } },
      { useDownstreamProtocolConfig: { http2ProtocolOptions } },
      { autoConfig: { http2ProtocolOptions } },
    ]) {
      assert.equal(options(json).maxConcurrentStreams, 64, JSON.stringify(json));
    }
    assert.equal(parse({ name: "a", http2ProtocolOptions }).protocol.maxConcurrentStreams, 64);
  });

  test("HTTP/3, and no choice at all, are refused", () => {
    assert.throws(() => options({ explicitHttpConfig: { http3ProtocolOptions: {} } }), {
      field: "explicit_http_config.http3_protocol_options",
    });
    assert.throws(() => options({}), { field: "upstream_protocol_options" });
  });
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
