import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifests } from "../manifest/parse-manifests.ts";
import { planJoinedPod } from "./joined-pod.ts";

const MANIFESTS =
  parseManifests(
    `
apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { selector: { app: shop }, ports: [{ port: 80, targetPort: 9080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: outside }
spec: { ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop-v1 }
spec:
  template:
    metadata: { labels: { app: shop, version: v1 } }
    spec: { serviceAccountName: shopkeeper, containers: [{ name: shop, image: a/shop }] }
`,
    "a.yaml",
  ) ?? [];

const request = { namespace: "default", name: "shop-run-1" };

test("joined pod: has the service's labels and ports, and its Deployment's identity", () => {
  const { pod, ports } = planJoinedPod(MANIFESTS, { ...request, service: "shop" });
  assert.deepEqual(pod.labels, { app: "shop", version: "v1" });
  assert.equal(pod.serviceAccount, "shopkeeper");
  assert.deepEqual(ports, [9080]);
});

test("joined pod: another identity may be asked for", () => {
  const other = { ...request, service: "shop", serviceAccount: "guest" };
  assert.equal(planJoinedPod(MANIFESTS, other).pod.serviceAccount, "guest");
});

test("joined pod: a service that is not there, or selects nothing, cannot be joined", () => {
  assert.throws(() => planJoinedPod(MANIFESTS, { ...request, service: "none" }), /no Service/);
  assert.throws(() => planJoinedPod(MANIFESTS, { ...request, service: "outside" }), /no selector/);
});
