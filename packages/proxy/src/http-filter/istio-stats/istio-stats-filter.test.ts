import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeHost } from "../../http/fixture/fake-cluster.ts";
import { routeToA } from "../../http/fixture/http-fixture.ts";
import { UNKNOWN_PEER } from "../../telemetry/peer.ts";
import { encodePeer, PEER_HEADER } from "../peer-metadata/peer-headers.ts";
import { assertCounted, only, type StatsSetUp, setUpStats } from "./fixture/stats-fixture.ts";

const REVIEWS = "reviews.default.svc.cluster.local";
const CALLER = {
  ...UNKNOWN_PEER,
  workload: "caller-v1",
  namespace: "shop",
  app: "caller",
  version: "v1",
};
const san = (name: string) => `spiffe://cluster.local/ns/default/sa/${name}`;
const TLS = {
  version: "TLSv1.3",
  sni: "",
  alpn: "istio",
  peerUriSans: [san("caller")],
  localUriSans: [san("self")],
  peerCertificateSha256: "ab",
  peerSubject: "",
};

describe("the source's report", () => {
  test("names every label that Istio's has", () => {
    const mesh = setUpStats();
    mesh.cluster("a").metadata = {
      istio: { services: [{ host: REVIEWS, name: "reviews", namespace: "default" }] },
    };
    mesh.send({});
    mesh.cluster("a").last.respond(200);
    assert.deepEqual(only(mesh, "istio_requests_total"), {
      reporter: "source",
      source_workload: "self-v1",
      source_canonical_service: "unknown",
      source_canonical_revision: "latest",
      source_workload_namespace: "default",
      source_principal: "unknown",
      source_app: "self",
      source_version: "unknown",
      source_cluster: "unknown",
      destination_workload: "unknown",
      destination_workload_namespace: "unknown",
      destination_principal: "unknown",
      destination_app: "unknown",
      destination_version: "unknown",
      destination_service: REVIEWS,
      destination_canonical_service: "unknown",
      destination_canonical_revision: "unknown",
      destination_service_name: "reviews",
      destination_service_namespace: "default",
      destination_cluster: "unknown",
      request_protocol: "http",
      response_code: "200",
      grpc_response_status: "",
      response_flags: "-",
      connection_security_policy: "unknown",
      value: "1",
    });
  });

  test("believes what the upstream says of itself, before what the control plane said", () => {
    const mesh = setUpStats();
    mesh.cluster("a").hosts = [
      fakeHost("192.0.2.7:9080", { istio: { workload: "told;ns1;c;v9;k" } }),
    ];
    mesh.send({});
    mesh.cluster("a").last.respond(200, { [PEER_HEADER]: encodePeer(CALLER) });
    assertCounted(mesh, {
      destination_workload: "caller-v1",
      destination_workload_namespace: "shop",
    });
  });

  test("takes the control plane's word for an upstream that does not introduce itself", () => {
    const mesh = setUpStats();
    mesh.cluster("a").hosts = [
      fakeHost("192.0.2.7:9080", { istio: { workload: "told;ns1;c;v9;k" } }),
    ];
    mesh.send({});
    mesh.cluster("a").last.respond(200);
    assertCounted(mesh, {
      destination_workload: "told",
      destination_workload_namespace: "ns1",
      destination_canonical_service: "c",
      destination_version: "v9",
      destination_cluster: "k",
    });
  });

  test("names the identities of both ends, and leaves the policy to the other's report", () => {
    const mesh = setUpStats();
    mesh.cluster("a").tls = { peerUriSans: [san("reviews")], localUriSans: [san("self")] };
    mesh.send({});
    mesh.cluster("a").last.respond(200);
    assertCounted(mesh, {
      source_principal: san("self"),
      destination_principal: san("reviews"),
      connection_security_policy: "unknown",
    });
  });

  for (const [title, failure, flags] of [
    ["no healthy host", { kind: "no-healthy-host", flag: "UH" }, "UH"],
    ["an open breaker", { kind: "overflow", flag: "UO" }, "UO"],
  ] as const) {
    test(`counts ${title} for the service that it was meant for`, () => {
      const mesh = setUpStats();
      mesh.cluster("a").metadata = {
        istio: { services: [{ host: REVIEWS, name: "reviews", namespace: "default" }] },
      };
      mesh.cluster("a").failures = [failure];
      mesh.send({});
      assertCounted(mesh, {
        response_code: "503",
        response_flags: flags,
        destination_service: REVIEWS,
      });
    });
  }

  test("counts a client that went away without an answer as 0 and DC", () => {
    const mesh = setUpStats();
    mesh.send({}).receiver?.onReset("connection-closed");
    assertCounted(mesh, { response_code: "0", response_flags: "DC" });
  });

  test("counts a request for the last of several answers only", () => {
    const mesh = setUpStats({ route: routeToA({ retryPolicy: { retryOn: "5xx" } }) });
    mesh.send({});
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(250);
    mesh.cluster("a").last.respond(200);
    assertCounted(mesh, { response_code: "200", value: "1" });
  });
});

describe("the destination's report", () => {
  const inbound = (more: StatsSetUp = {}) =>
    setUpStats({ ...more, connection: { direction: "inbound", ...more.connection } });

  test("names the caller that introduced itself, and its identity", () => {
    const mesh = inbound({ connection: { tls: TLS } });
    mesh.send({ headers: { [PEER_HEADER]: encodePeer(CALLER) } });
    mesh.cluster("a").last.respond(200);
    assertCounted(mesh, {
      reporter: "destination",
      source_workload: "caller-v1",
      source_workload_namespace: "shop",
      source_app: "caller",
      source_version: "v1",
      source_principal: san("caller"),
      destination_workload: "self-v1",
      destination_principal: san("self"),
      connection_security_policy: "mutual_tls",
    });
  });

  test("knows nothing of a stranger without TLS", () => {
    const mesh = inbound();
    mesh.send({});
    mesh.cluster("a").last.respond(200);
    assertCounted(mesh, {
      source_workload: "unknown",
      source_canonical_revision: "unknown",
      source_principal: "unknown",
      destination_principal: "unknown",
      connection_security_policy: "none",
    });
  });

  test("does not call TLS without a client's certificate mutual", () => {
    const mesh = inbound({
      connection: { tls: { ...TLS, peerUriSans: [], peerCertificateSha256: "" } },
    });
    mesh.send({});
    mesh.cluster("a").last.respond(200);
    assertCounted(mesh, { source_principal: "unknown", connection_security_policy: "none" });
  });

  test("does not let strangers make up services by their Host", () => {
    const config = { disableHostHeaderFallback: true };
    const route = { match: { path: "/known" }, route: { cluster: "a" } };
    const mesh = inbound({ config, route });
    mesh.send({ authority: "made-up.example.com" });
    assertCounted(mesh, {
      destination_service: "unknown",
      destination_service_name: "unknown",
      response_flags: "NR",
    });
  });

  test("is a gateway's too, where it is told to report as one", () => {
    const mesh = setUpStats({ config: { reporter: "SERVER_GATEWAY" } });
    mesh.send({});
    mesh.cluster("a").last.respond(200);
    assertCounted(mesh, { reporter: "destination", destination_workload: "self-v1" });
  });
});

describe("a service that nobody named", () => {
  test("goes by the Host that was asked for, where that may be", () => {
    const mesh = setUpStats({ route: { match: { path: "/known" }, route: { cluster: "a" } } });
    mesh.send({ authority: "out.example.com" });
    assertCounted(mesh, { destination_service: "out.example.com", response_code: "404" });
  });
});
