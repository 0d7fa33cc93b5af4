import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { TYPE_URL } from "@weft/api";
import { type Cluster, ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { ProxyResources } from "../translate/index.ts";
import { encodeResources } from "./encode-resources.ts";

const CDS = TYPE_URL.cluster;

test("a type in which nothing changed is the same map as before", () => {
  const before = encodeResources(translated(cluster("a", 1), cluster("b", 1)), undefined);
  const after = encodeResources(translated(cluster("a", 1), cluster("b", 1)), before);
  assert.equal(after.get(CDS), before.get(CDS));
});

test("beside a resource that changed the others are the same objects", () => {
  const before = encodeResources(translated(cluster("a", 1), cluster("b", 1)), undefined);
  const after = encodeResources(translated(cluster("a", 2), cluster("b", 1)), before);
  assert.notEqual(after.get(CDS)?.get("a")?.version, before.get(CDS)?.get("a")?.version);
  assert.equal(after.get(CDS)?.get("b"), before.get(CDS)?.get("b"));
});

test("a resource that goes makes another map", () => {
  const before = encodeResources(translated(cluster("a", 1), cluster("b", 1)), undefined);
  const after = encodeResources(translated(cluster("a", 1)), before);
  assert.deepEqual([...(after.get(CDS)?.keys() ?? [])], ["a"]);
});

test("the same message is encoded once, for whomever it is", () => {
  const shared = cluster("a", 1);
  const one = encodeResources(translated(shared), undefined).get(CDS)?.get("a");
  const other = encodeResources(translated(shared), undefined).get(CDS)?.get("a");
  assert.equal(one, other);
});

function translated(...clusters: Cluster[]): ProxyResources {
  return { clusters, endpoints: [], listeners: [], routes: [], problems: [] };
}

function cluster(name: string, seconds: number): Cluster {
  return create(ClusterSchema, { name, connectTimeout: { seconds: BigInt(seconds) } });
}
