import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifests } from "./parse-manifests.ts";

test("manifests: a Deployment tells replicas, identity, images and ports", () => {
  const text = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: reviews-v1, namespace: shop }
spec:
  replicas: 2
  template:
    metadata: { labels: { app: reviews, version: v1 } }
    spec:
      serviceAccountName: bookinfo-reviews
      containers:
        - name: reviews
          image: example.com/reviews:1
          env:
            - { name: LOG_DIR, value: "/tmp/logs" }
            - { name: SECRET, valueFrom: { secretKeyRef: {} } }
          ports: [{ containerPort: 9080 }, { containerPort: 53, protocol: UDP }]
`;
  assert.deepEqual(parseManifests(text, "a.yaml"), [
    {
      kind: "Deployment",
      namespace: "shop",
      name: "reviews-v1",
      replicaCount: 2,
      labels: { app: "reviews", version: "v1" },
      annotations: {},
      hasSidecar: true,
      serviceAccount: "bookinfo-reviews",
      containers: [
        {
          name: "reviews",
          image: "example.com/reviews:1",
          ports: [9080],
          environment: { LOG_DIR: "/tmp/logs" },
        },
      ],
      place: "a.yaml:2:1",
    },
  ]);
});

test("manifests: Services and Gateways tell their ports; other kinds are left alone", () => {
  const text = `
{ apiVersion: v1, kind: Service, metadata: { name: a }, spec: { selector: { app: a }, ports: [{ port: 80, targetPort: 8080 }, { port: 81 }, { port: 82, targetPort: http }] } }
---
{ apiVersion: networking.istio.io/v1, kind: Gateway, metadata: { name: g }, spec: { selector: { istio: ingressgateway }, servers: [{ port: { number: 80 } }, { port: { number: 443, protocol: HTTPS } }] } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: { name: h } }
`;
  const [service, gateway, ...rest] = parseManifests(text, "a.yaml") ?? [];
  assert.deepEqual(service?.kind === "Service" && service.ports, [
    { port: 80, targetPort: 8080 },
    { port: 81, targetPort: 81 },
  ]);
  assert.deepEqual(gateway?.kind === "Gateway" && gateway.servers, [
    { port: 80, protocol: "HTTP" },
    { port: 443, protocol: "HTTPS" },
  ]);
  assert.deepEqual(rest, []);
});

test("manifests: what is not YAML is told apart from an empty file", () => {
  assert.equal(parseManifests("a: [", "a.yaml"), undefined);
  assert.deepEqual(parseManifests("", "a.yaml"), []);
});
