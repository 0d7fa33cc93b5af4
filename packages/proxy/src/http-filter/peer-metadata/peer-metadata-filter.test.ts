import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import {
  createHttpFixture,
  inlineRoutes,
  ROUTER,
  routeToA,
} from "../../http/fixture/http-fixture.ts";
import { UNKNOWN_PEER } from "../../telemetry/peer.ts";
import { encodePeer, PEER_HEADER, PEER_ID_HEADER, PeerDecoder } from "./peer-headers.ts";

const BY_HEADERS = [{ istioHeaders: {} }];
/** What Istio gives to a sidecar's inbound listener, and to its outbound one. */
const INBOUND = { downstreamDiscovery: BY_HEADERS, downstreamPropagation: BY_HEADERS };
const OUTBOUND = { upstreamDiscovery: BY_HEADERS, upstreamPropagation: BY_HEADERS };

const OTHER = encodePeer({ ...UNKNOWN_PEER, workload: "other-v1", namespace: "shop" });
const FROM_MESH = { [PEER_HEADER]: OTHER, [PEER_ID_HEADER]: "other-v1.shop" };

function setUp(config: JsonObject) {
  return createHttpFixture({
    httpFilters: [
      {
        name: "istio.peer_metadata",
        typedConfig: {
          "@type": "type.googleapis.com/io.istio.http.peer_metadata.Config",
          ...config,
        },
      },
      ROUTER,
    ],
    ...inlineRoutes(routeToA()),
  });
}

const workloadIn = (header: string | undefined) =>
  header === undefined ? undefined : new PeerDecoder().decode(header)?.workload;

describe("at the receiving end", () => {
  test("the application sees nothing of the exchange", () => {
    const mesh = setUp(INBOUND);
    mesh.send({ headers: FROM_MESH });
    const { headers } = mesh.cluster("a").last.head;
    assert.deepEqual([headers.has(PEER_HEADER), headers.has(PEER_ID_HEADER)], [false, false]);
  });

  test("a caller of the mesh is told who answers, once", () => {
    const mesh = setUp(INBOUND);
    const client = mesh.send({ headers: FROM_MESH });
    mesh
      .cluster("a")
      .last.respond(200, { [PEER_HEADER]: "of the application", [PEER_ID_HEADER]: "x" });
    assert.equal(workloadIn(client.head?.headers.joined(PEER_HEADER)), "self-v1");
    assert.equal(client.head?.headers.joined(PEER_ID_HEADER), "self-v1.default");
  });

  test("a stranger is told nothing", () => {
    const mesh = setUp(INBOUND);
    const client = mesh.send({});
    mesh.cluster("a").last.respond(200);
    assert.equal(client.head?.headers.has(PEER_HEADER), false);
    assert.equal(client.head?.headers.has(PEER_ID_HEADER), false);
  });

  test("a caller of the mesh is told also by an answer of the proxy's own", () => {
    const mesh = setUp(INBOUND);
    mesh.cluster("a").failures = [{ kind: "no-healthy-host", flag: "UH" }];
    const client = mesh.send({ headers: FROM_MESH });
    assert.equal(workloadIn(client.head?.headers.get(PEER_HEADER)), "self-v1");
  });
});

describe("at the sending end", () => {
  test("the upstream is told who asks, whatever the application claimed", () => {
    const mesh = setUp(OUTBOUND);
    mesh.send({ headers: FROM_MESH });
    const { headers } = mesh.cluster("a").last.head;
    assert.equal(workloadIn(headers.joined(PEER_HEADER)), "self-v1");
    assert.equal(headers.joined(PEER_ID_HEADER), "self-v1.default");
  });

  test("the application sees nothing of the answer's", () => {
    const mesh = setUp(OUTBOUND);
    const client = mesh.send({});
    mesh.cluster("a").last.respond(200, FROM_MESH);
    assert.equal(client.head?.headers.has(PEER_HEADER), false);
    assert.equal(client.head?.headers.has(PEER_ID_HEADER), false);
  });
});

describe("where nothing is exchanged", () => {
  test("neither side's word passes", () => {
    const mesh = setUp({});
    const client = mesh.send({ headers: FROM_MESH });
    assert.equal(mesh.cluster("a").last.head.headers.has(PEER_HEADER), false);
    mesh.cluster("a").last.respond(200, FROM_MESH);
    assert.equal(client.head?.headers.has(PEER_HEADER), false);
  });
});
