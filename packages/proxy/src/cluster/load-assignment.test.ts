import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { ClusterLoadAssignmentSchema } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import { parseLoadAssignment } from "./load-assignment.ts";

const at = (address: string) => ({
  endpoint: { address: { socketAddress: { address, portValue: 80 } } },
});

function parse(json: JsonObject, options?: { readonly allowsNames: boolean }) {
  const message = fromJson(ClusterLoadAssignmentSchema, { clusterName: "a", ...json });
  return parseLoadAssignment(message, options);
}

const one = (endpoint: JsonObject, group: JsonObject = {}) =>
  parse({ endpoints: [{ lbEndpoints: [{ ...at("192.0.2.7"), ...endpoint }], ...group }] })
    .endpoints[0];

describe("endpoints", () => {
  for (const [status, want] of [
    ["UNKNOWN", true],
    ["HEALTHY", true],
    ["DEGRADED", true],
    ["UNHEALTHY", false],
    ["DRAINING", false],
    ["TIMEOUT", false],
  ] as const) {
    test(`${status} ${want ? "takes" : "takes no"} requests`, () => {
      assert.equal(one({ healthStatus: status })?.isHealthy, want);
    });
  }

  test("a weight is 1 unless it is given, and as large as it is given", () => {
    assert.equal(one({})?.weight, 1);
    assert.equal(one({ loadBalancingWeight: 900 })?.weight, 900);
  });

  test("locality, its weight and its priority come along", () => {
    const group = {
      locality: { region: "r", zone: "z", subZone: "s" },
      loadBalancingWeight: 3,
      priority: 1,
    };
    const endpoint = one({}, group);
    assert.deepEqual(endpoint?.locality, { name: "r/z/s", weight: 3 });
    assert.equal(endpoint?.priority, 1);
    assert.deepEqual(one({})?.locality, { name: "", weight: 0 });
  });

  test("the overprovisioning factor is 140 unless it is given", () => {
    assert.equal(parse({}).overprovisioningPercent, 140);
    const policy = { overprovisioningFactor: 100 };
    assert.equal(parse({ policy }).overprovisioningPercent, 100);
  });

  test("one address in two localities is one endpoint, the first mention's", () => {
    const group = (priority: number) => ({ priority, lbEndpoints: [at("192.0.2.7")] });
    const { endpoints } = parse({ endpoints: [group(0), group(1)] });
    assert.deepEqual(
      endpoints.map(({ priority }) => priority),
      [0],
    );
  });

  test("names are for clusters that resolve them", () => {
    const json = { endpoints: [{ lbEndpoints: [at("a.example.com")] }] };
    assert.equal(parse(json, { allowsNames: true }).endpoints.length, 1);
    assert.throws(() => parse(json), /"a\.example\.com" is no IP address; names need .*STRICT_DNS/);
  });

  for (const [title, json, field] of [
    ["drop_overloads", { policy: { dropOverloads: [{}] } }, "policy.drop_overloads"],
    [
      "an overprovisioning factor of 0",
      { policy: { overprovisioningFactor: 0 } },
      "policy.overprovisioning_factor",
    ],
    [
      "LEDS",
      { endpoints: [{ ledsClusterLocalityConfig: {} }] },
      "endpoints[0].leds_cluster_locality_config",
    ],
    [
      "a weight of 0",
      { endpoints: [{}, { lbEndpoints: [{ ...at("192.0.2.7"), loadBalancingWeight: 0 }] }] },
      "endpoints[1].lb_endpoints[0].load_balancing_weight",
    ],
    [
      "an endpoint by name",
      { endpoints: [{ lbEndpoints: [{ endpointName: "x" }] }] },
      "endpoints[0].lb_endpoints[0].endpoint",
    ],
    [
      "no address",
      { endpoints: [{ lbEndpoints: [{ endpoint: {} }] }] },
      "endpoints[0].lb_endpoints[0].endpoint.address",
    ],
  ] as const) {
    test(`${title} is refused`, () => {
      assert.throws(() => parse(json as JsonObject), { name: "ConfigError", field });
    });
  }
});
