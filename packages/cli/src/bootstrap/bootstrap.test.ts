import assert from "node:assert/strict";
import { test } from "node:test";
import { buildBootstrap } from "./bootstrap.ts";
import type { ProxyFacts } from "./node-metadata.ts";

const proxy: ProxyFacts = {
  pod: {
    name: "reviews-v1-0",
    namespace: "default",
    labels: { app: "reviews" },
    annotations: {},
    serviceAccount: "bookinfo-reviews",
    workload: "reviews-v1",
    containers: [],
  },
  place: {
    address: "192.0.2.10",
    adminPort: 15000,
    outboundPort: 15001,
    healthPort: 15021,
    prometheusPort: 15090,
    bindPorts: new Map([[9080, 9080]]),
  },
  proxyKind: "weft",
};
const join = {
  controlPlane: { address: "192.0.2.1", xdsPort: 15012, httpPort: 15014 },
  rootCertificatePath: "/example/root-cert.pem",
};

test("bootstrap: the node says who the sidecar is, in Istio's form", () => {
  const { node } = buildBootstrap(proxy, join);
  assert.equal(node.id, "sidecar~192.0.2.10~reviews-v1-0.default~default.svc.cluster.local");
  assert.equal(node.metadata.HTTP_PROXY_PORT, "15001");
  assert.equal(node.metadata.INTERCEPTION_MODE, "NONE");
  assert.equal(node.metadata.SERVICE_ACCOUNT, "bookinfo-reviews");
  assert.equal(node.metadata.WEFT_VERSION, "0.1.0");
});

test("bootstrap: a gateway is a router that binds where it is told", () => {
  const gateway = { bindAddress: "127.0.0.1", portMap: new Map([[80, 8080]]) };
  const { node } = buildBootstrap({ ...proxy, gateway }, join);
  assert.match(node.id, /^router~/);
  assert.equal(node.metadata.HTTP_PROXY_PORT, undefined);
  assert.equal(node.metadata.WEFT_BIND_ADDRESS, "127.0.0.1");
  assert.deepEqual(node.metadata.WEFT_PORT_MAP, { "80": 8080 });
});

test("bootstrap: a stock Envoy gets an SDS cluster and is not told of Weft", () => {
  const sdsSocketPath = "/example/sds.sock";
  const bootstrap = buildBootstrap({ ...proxy, proxyKind: "envoy" }, { ...join, sdsSocketPath });
  const names = bootstrap.static_resources.clusters.map(({ name }) => name);
  assert.deepEqual(names, ["xds-grpc", "sds-grpc", "prometheus_stats", "agent"]);
  assert.equal(bootstrap.node.metadata.WEFT_VERSION, undefined);
});

test("bootstrap: nobody needs a secret from the file", () => {
  assert.doesNotMatch(JSON.stringify(buildBootstrap(proxy, join)), /token|private/i);
});
