import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { TYPE_URL } from "@weft/api";
import { ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { ClusterLoadAssignmentSchema } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import {
  DeltaDiscoveryResponseSchema,
  DiscoveryResponseSchema,
} from "@weft/api/envoy/service/discovery/v3/discovery_pb.js";
import { deltaProtocol } from "./delta-protocol.ts";
import { resourceName } from "./resource-name.ts";
import { sotwProtocol } from "./sotw-protocol.ts";
import { SubscribedType } from "./subscribed-type.ts";

const { cluster: CDS, endpoint: EDS } = TYPE_URL;

describe("incremental requests", () => {
  test("the wildcard is first said by silence, later by its sign", () => {
    const type = subscribed(CDS, "*");
    assert.deepEqual(deltaProtocol.subscribe(type)?.resourceNamesSubscribe, []);
    type.want(["a"]);
    const narrowed = deltaProtocol.subscribe(type);
    assert.deepEqual(narrowed?.resourceNamesSubscribe, ["a"]);
    assert.deepEqual(narrowed?.resourceNamesUnsubscribe, ["*"]);
    type.want("*");
    assert.deepEqual(deltaProtocol.subscribe(type)?.resourceNamesSubscribe, ["*"]);
  });

  test("only the difference of names is sent, and nothing when there is none", () => {
    const type = subscribed(EDS, ["a", "b"]);
    deltaProtocol.subscribe(type);
    type.want(["b", "c"]);
    const request = deltaProtocol.subscribe(type);
    assert.deepEqual(request?.resourceNamesSubscribe, ["c"]);
    assert.deepEqual(request?.resourceNamesUnsubscribe, ["a"]);
    assert.equal(deltaProtocol.subscribe(type), undefined);
  });

  test("no names at all are not sent as the first word, for they would mean everything", () => {
    for (const protocol of [deltaProtocol, sotwProtocol]) {
      assert.equal(protocol.subscribe(subscribed(CDS, [])), undefined);
    }
  });

  test("a new stream begins with what is wanted and what is held", () => {
    const type = subscribed(EDS, ["a", "b"]);
    deltaProtocol.subscribe(type);
    type.accepted.set("a", "7");
    type.beginStream();
    const request = deltaProtocol.subscribe(type);
    assert.deepEqual(request?.resourceNamesSubscribe, ["a", "b"]);
    assert.deepEqual(request?.initialResourceVersions, { a: "7" });
  });

  test("what is not wanted any more is neither told nor remembered", () => {
    const type = subscribed(EDS, ["a", "b"]);
    type.accepted.set("a", "1").set("b", "1");
    type.want(["b"]);
    assert.deepEqual([...type.accepted.keys()], ["b"]);
    const update = deltaProtocol.read(
      type,
      create(DeltaDiscoveryResponseSchema, {
        resources: ["a", "b"].map((name) => ({ name, version: "2", resource: { typeUrl: EDS } })),
        removedResources: ["a"],
      }),
    );
    assert.deepEqual(
      update.changed.map(({ name }) => name),
      ["b"],
    );
    assert.deepEqual(update.removed, []);
  });
});

describe("state-of-the-world responses", () => {
  test("clusters that are left out are gone, endpoints that are left out are as they were", () => {
    for (const [typeUrl, removed] of [
      [CDS, ["gone"]],
      [EDS, []],
    ] as const) {
      const type = subscribed(typeUrl, typeUrl === CDS ? "*" : ["a", "gone"]);
      type.accepted.set("gone", "1");
      const update = sotwProtocol.read(type, sotwResponse(typeUrl, "a"));
      assert.deepEqual(update.removed, removed);
      assert.deepEqual(
        update.changed.map(({ name }) => name),
        ["a"],
      );
    }
  });

  test("a resource with the same bytes as before did not change", () => {
    const type = subscribed(CDS, "*");
    const [first] = sotwProtocol.read(type, sotwResponse(CDS, "a")).changed;
    type.accepted.set("a", first?.version ?? "");
    assert.deepEqual(sotwProtocol.read(type, sotwResponse(CDS, "a")).changed, []);
  });

  test("a refusal repeats the last good version with the new nonce", () => {
    const type = subscribed(CDS, "*");
    sotwProtocol.subscribe(type);
    type.acceptedVersion = "1";
    type.nonce = "n2";
    const request = sotwProtocol.answer(type, "a: no good");
    assert.equal(request.versionInfo, "1");
    assert.equal(request.responseNonce, "n2");
    assert.equal(request.errorDetail?.message, "a: no good");
  });
});

test("a resource's name is read from its bytes, and truncated bytes are an error", () => {
  const bytes = encodeCluster("outbound|80||a.example.com");
  assert.equal(resourceName(bytes), "outbound|80||a.example.com");
  assert.throws(() => resourceName(bytes.subarray(0, 5)));
});

function subscribed(typeUrl: typeof CDS | typeof EDS, names: readonly string[] | "*") {
  const type = new SubscribedType(typeUrl);
  type.want(names);
  return type;
}

function sotwResponse(typeUrl: string, name: string) {
  const value =
    typeUrl === CDS
      ? encodeCluster(name)
      : toBinary(
          ClusterLoadAssignmentSchema,
          create(ClusterLoadAssignmentSchema, { clusterName: name }),
        );
  return create(DiscoveryResponseSchema, {
    versionInfo: "1",
    resources: [create(AnySchema, { typeUrl, value })],
  });
}

function encodeCluster(name: string): Uint8Array {
  return toBinary(ClusterSchema, create(ClusterSchema, { name }));
}
