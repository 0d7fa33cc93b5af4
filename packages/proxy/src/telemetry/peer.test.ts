import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { peerFromEndpoint, peerFromMetadata, UNKNOWN_PEER } from "./peer.ts";

describe("a peer by its node's metadata", () => {
  test("has its names from fields and labels", () => {
    const metadata = {
      NAMESPACE: "shop",
      WORKLOAD_NAME: "reviews-v2",
      CLUSTER_ID: "Kubernetes",
      LABELS: {
        app: "reviews",
        version: "v2",
        "service.istio.io/canonical-name": "reviews-canonical",
        "service.istio.io/canonical-revision": "stable",
      },
    };
    assert.deepEqual(peerFromMetadata(metadata), {
      workload: "reviews-v2",
      namespace: "shop",
      app: "reviews",
      version: "v2",
      canonicalService: "reviews-canonical",
      canonicalRevision: "stable",
      cluster: "Kubernetes",
    });
  });

  test("falls back to app, version and latest", () => {
    const { canonicalService, canonicalRevision } = peerFromMetadata({
      LABELS: { app: "a", version: "v1" },
    });
    assert.deepEqual([canonicalService, canonicalRevision], ["a", "v1"]);
    assert.equal(peerFromMetadata({}).canonicalRevision, "latest");
    assert.equal(peerFromMetadata({ NAME: "pod-1" }).workload, "pod-1");
  });

  for (const [title, metadata] of [
    ["nothing", {}],
    ["fields of another type", { NAMESPACE: 1, WORKLOAD_NAME: {}, LABELS: "x", CLUSTER_ID: null }],
    ["labels that are a list", { LABELS: ["app"] }],
    ["labels of another type", { LABELS: { app: 1, version: [] } }],
  ] as const)
    test(`of ${title} nothing is known`, () => {
      assert.deepEqual(peerFromMetadata(metadata), {
        ...UNKNOWN_PEER,
        canonicalRevision: "latest",
      });
    });
});

describe("a peer by its endpoint's metadata", () => {
  test("has five parts", () => {
    const peer = peerFromEndpoint("reviews-v2;shop;reviews;v2;Kubernetes");
    assert.deepEqual(
      [peer?.workload, peer?.namespace, peer?.app, peer?.version, peer?.cluster],
      ["reviews-v2", "shop", "reviews", "v2", "Kubernetes"],
    );
  });

  test("may leave out the last ones, not the namespace", () => {
    assert.equal(peerFromEndpoint("w;ns")?.canonicalService, "");
    assert.equal(peerFromEndpoint("w"), undefined);
    assert.equal(peerFromEndpoint(""), undefined);
  });
});
