import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { StructSchema } from "@bufbuild/protobuf/wkt";
import { type Peer, UNKNOWN_PEER } from "../../telemetry/peer.ts";
import { encodePeer, PeerDecoder } from "./peer-headers.ts";

const REVIEWS: Peer = {
  workload: "reviews-v2",
  namespace: "default",
  app: "reviews",
  version: "v2",
  canonicalService: "reviews",
  canonicalRevision: "v2",
  cluster: "Kubernetes",
};

function header(struct: JsonObject): string {
  return Buffer.from(toBinary(StructSchema, fromJson(StructSchema, struct))).toString("base64");
}

const decode = (text: string) => new PeerDecoder().decode(text);

describe("a peer's own description", () => {
  test("comes out as it went in", () => {
    assert.deepEqual(decode(encodePeer(REVIEWS)), REVIEWS);
  });

  test("of Istio's proxy is understood", () => {
    const peer = decode(
      header({
        NAME: "reviews-v2-5d8b9-x2x7z",
        NAMESPACE: "default",
        WORKLOAD_NAME: "reviews-v2",
        CLUSTER_ID: "Kubernetes",
        OWNER: "kubernetes://apis/apps/v1/namespaces/default/deployments/reviews-v2",
        APP_CONTAINERS: "reviews",
        LABELS: { app: "reviews", version: "v2" },
      }),
    );
    assert.deepEqual(peer, REVIEWS);
  });

  test("without a revision is the latest", () => {
    assert.equal(decode(header({ LABELS: { app: "x" } }))?.canonicalRevision, "latest");
  });

  test("of other types counts as absent", () => {
    const peer = decode(
      header({ NAMESPACE: 7, WORKLOAD_NAME: { a: 1 }, LABELS: ["app"], CLUSTER_ID: null }),
    );
    assert.deepEqual(peer, { ...UNKNOWN_PEER, canonicalRevision: "latest" });
  });

  test("may hold the names of an object's own members", () => {
    const peer = decode(
      header({ ["__proto__"]: { NAMESPACE: "evil" }, constructor: "x", LABELS: { toString: "y" } }),
    );
    assert.equal(peer?.namespace, "");
    assert.equal(peer?.app, "");
  });
});

describe("what is no description", () => {
  for (const [title, text] of [
    ["text that is not base64", "!!! not base64 !!!"],
    ["base64 of something else", Buffer.from("hello, world").toString("base64")],
    ["a Struct that is cut", encodePeer(REVIEWS).slice(0, 41)],
    ["more than 8 KiB", header({ NAMESPACE: "a".repeat(8 * 1024) })],
  ] as const) {
    test(`is nobody: ${title}`, () => assert.equal(decode(text), undefined));
  }

  test("is nobody: a Struct as deep as fits", () => {
    // Wrapped by hand, because the library refuses to write what nobody should read.
    const wrap = (tag: number, inner: Buffer) =>
      Buffer.concat([Buffer.from([tag, (inner.length & 0x7f) | 0x80, inner.length >> 7]), inner]);
    let struct = Buffer.alloc(0);
    while (struct.length < 6000) {
      const value = wrap(0x12, wrap(0x2a, struct));
      struct = Buffer.from(wrap(0x0a, Buffer.concat([Buffer.from([0x0a, 1, 0x61]), value])));
    }
    assert.equal(decode(struct.toString("base64")), undefined);
  });
});

describe("the memory of peers", () => {
  test("gives the same object for the same text: metrics find their counters by it", () => {
    const decoder = new PeerDecoder();
    const text = encodePeer(REVIEWS);
    assert.equal(decoder.decode(text), decoder.decode(text));
    assert.equal(decoder.decode("nonsense"), decoder.decode("nonsense"));
  });

  test("does not grow without end, and forgets nobody for good", () => {
    const decoder = new PeerDecoder();
    const first = decoder.decode(encodePeer(REVIEWS));
    for (let count = 0; count < 1000; count += 1) {
      decoder.decode(encodePeer({ ...REVIEWS, workload: `w${count}` }));
    }
    const again = decoder.decode(encodePeer(REVIEWS));
    assert.notEqual(again, first);
    assert.deepEqual(again, first);
  });
});
