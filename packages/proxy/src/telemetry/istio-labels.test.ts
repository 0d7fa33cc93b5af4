import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { destinationService } from "./destination-service.ts";
import { type IstioLabelFacts, istioLabels } from "./istio-labels.ts";
import { UNKNOWN_PEER } from "./peer.ts";

const NOTHING: IstioLabelFacts = {
  reporter: "destination",
  source: undefined,
  sourcePrincipal: "",
  destination: undefined,
  destinationPrincipal: "",
  destinationService: "",
  destinationServiceName: "",
  destinationServiceNamespace: "",
  requestProtocol: "http",
  responseCode: "200",
  grpcStatus: "",
  responseFlags: "",
  securityPolicy: "none",
};

describe("Istio's labels", () => {
  test("are Istio's names in Istio's order", () => {
    assert.equal(
      Object.keys(istioLabels(NOTHING)).join(" "),
      "reporter source_workload source_canonical_service source_canonical_revision " +
        "source_workload_namespace source_principal source_app source_version source_cluster " +
        "destination_workload destination_workload_namespace destination_principal " +
        "destination_app destination_version destination_service destination_canonical_service " +
        "destination_canonical_revision destination_service_name destination_service_namespace " +
        "destination_cluster request_protocol response_code grpc_response_status " +
        "response_flags connection_security_policy",
    );
  });

  test("what is not known says so, but flags are a dash and a gRPC status is empty", () => {
    const labels = istioLabels(NOTHING);
    assert.equal(labels.response_flags, "-");
    assert.equal(labels.grpc_response_status, "");
    assert.equal(labels.destination_service, "unknown");
    assert.equal(labels.source_canonical_revision, "unknown");
  });

  test("a workload without revision is at latest", () => {
    const source = { ...UNKNOWN_PEER, workload: "a" };
    assert.equal(istioLabels({ ...NOTHING, source }).source_canonical_revision, "latest");
  });

  test("TCP has no response", () => {
    const labels = istioLabels({ ...NOTHING, requestProtocol: "tcp", responseCode: undefined });
    assert.equal("response_code" in labels || "grpc_response_status" in labels, false);
  });
});

describe("destination service", () => {
  for (const [cluster, host, name, namespace] of [
    [
      "outbound|9080|v1|reviews.default.svc.cluster.local",
      "reviews.default.svc.cluster.local",
      "reviews",
      "default",
    ],
    ["outbound|443||www.example.com", "www.example.com", "www.example.com", ""],
    ["PassthroughCluster", "PassthroughCluster", "PassthroughCluster", ""],
    ["inbound|9080||", "", "", ""],
    ["", "", "", ""],
  ] as const)
    test(`of "${cluster}" is ${host || "not known"}`, () => {
      assert.deepEqual(destinationService(cluster, undefined), { host, name, namespace });
    });

  test("is what the control plane's metadata says", () => {
    const metadata = { istio: { services: [{ host: "h", name: "n", namespace: "ns" }, {}] } };
    assert.deepEqual(destinationService("x", metadata), { host: "h", name: "n", namespace: "ns" });
  });

  for (const services of [undefined, "x", [], ["x"], [null]])
    test(`with services ${JSON.stringify(services)} is read from the cluster's name`, () => {
      const { host } = destinationService("outbound|80||a.example.com", { istio: { services } });
      assert.equal(host, "a.example.com");
    });

  test("of fields of another type is not known", () => {
    const metadata = { istio: { services: [{ host: 1, name: {}, namespace: null }] } };
    assert.deepEqual(destinationService("x", metadata), { host: "", name: "", namespace: "" });
  });
});
