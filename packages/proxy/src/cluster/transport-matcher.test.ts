import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { UpstreamTransport } from "../upstream/connect.ts";
import { buildTransportMatcher } from "./transport-matcher.ts";

/** Transports that carry their socket's name; `closed` collects those that stopped following secrets. */
function setUp(json: JsonObject) {
  const closed: string[] = [];
  const matcher = buildTransportMatcher(
    fromJson(ClusterSchema, { name: "a", ...json }),
    ({ name }) =>
      ({
        kind: "tls",
        name,
        tls: { close: () => closed.push(name) },
      }) as unknown as UpstreamTransport,
  );
  const match = (labels?: JsonObject) => {
    const metadata = labels === undefined ? {} : { "envoy.transport_socket_match": labels };
    const transport = matcher.match({
      address: { kind: "pipe", path: "/" },
      hostname: "",
      weight: 1,
      priority: 0,
      locality: { name: "", weight: 0 },
      isHealthy: true,
      metadata,
    });
    return "name" in transport ? transport.name : transport.kind;
  };
  return { match, closed, close: () => matcher.close() };
}

const ISTIO = {
  transportSocket: { name: "own" },
  transportSocketMatches: [
    { name: "m", match: { tlsMode: "istio" }, transportSocket: { name: "mtls" } },
    { name: "two", match: { tlsMode: "x", zone: 1 }, transportSocket: { name: "both" } },
    { name: "rest", match: {} },
  ],
};

describe("the transport of an endpoint", () => {
  for (const [title, labels, want] of [
    ["by its label", { tlsMode: "istio" }, "mtls"],
    ["whatever other labels it has", { tlsMode: "istio", more: true }, "mtls"],
    ["by all labels of a match", { tlsMode: "x", zone: 1 }, "both"],
    ["not by some of them", { tlsMode: "x" }, "raw"],
    ["not by a value of another type", { tlsMode: "x", zone: "1" }, "raw"],
    ["an empty match takes the rest", undefined, "raw"],
  ] as const) {
    test(title, () => assert.equal(setUp(ISTIO).match(labels), want));
  }

  test("is the cluster's own where nothing matches, and plain where it has none", () => {
    const matches = { transportSocketMatches: ISTIO.transportSocketMatches.slice(0, 1) };
    assert.equal(setUp({ ...matches, transportSocket: { name: "own" } }).match(), "own");
    assert.equal(setUp(matches).match(), "raw");
  });

  test("closing stops every one from following secrets", () => {
    const { closed, close } = setUp(ISTIO);
    close();
    assert.deepEqual(closed, ["own", "mtls", "both"]);
  });
});
