import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifests } from "../manifest/parse-manifests.ts";
import { parseWorkloadMap } from "../map/workload-map.ts";
import { planWorkloads } from "./workload-plan.ts";

const { map } = parseWorkloadMap(
  `
workloads:
  - { image: "*/shop", command: [node, shop.ts] }
  - { image: "*/envoyed", command: [node, shop.ts], proxy: envoy }
  - { image: "*/lost", command: [shopd, --verbose] }
`,
  "weft.yaml",
);

function plan(text: string, envoy = process.execPath, searchPath = "/nowhere") {
  return planWorkloads(parseManifests(text, "a.yaml") ?? [], map, { searchPath, envoy });
}

function deployment(name: string, image: string, replicas = 1): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: "${image}", ports: [{ containerPort: 9080 }] }] }
`;
}

test("workload plan: each replica is an instance with a name of its own", () => {
  const { pods, problems } = plan(deployment("shop", "example.com/shop:1", 2));
  assert.deepEqual(
    pods.map(({ pod }) => pod.name),
    ["shop-0", "shop-1"],
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(pods[0]?.apps[0]?.entry.command, ["node", "shop.ts"]);
});

test("workload plan: a port that only a Service knows of can be called too", () => {
  const service = `
---
apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { selector: { app: shop }, ports: [{ port: 80, targetPort: 8080 }] }
`;
  assert.deepEqual(plan(deployment("shop", "a/shop") + service).pods[0]?.ports, [9080, 8080]);
});

test("workload plan: the map chooses which proxy stands beside the workload, if any", () => {
  assert.equal(plan(deployment("shop", "a/envoyed")).pods[0]?.proxyKind, "envoy");
  assert.equal(plan(deployment("shop", "a/shop")).pods[0]?.proxyKind, "weft");
  const alone = deployment("shop", "a/shop").replace(
    "{ app: shop }",
    '{ app: shop, sidecar.istio.io/inject: "false" }',
  );
  assert.equal(plan(alone).pods[0]?.proxyKind, "none");
});

test("workload plan: an image without a command is a problem, and what runs of it stays", () => {
  const { pods, kept, problems } = plan(
    `${deployment("shop", "a/shop")}---${deployment("other", "a/other:2")}`,
  );
  assert.equal(pods.length, 1);
  assert.deepEqual([...kept], ["default/other"]);
  assert.deepEqual(problems, [
    'a.yaml:11:1: error MissingCommand no command for image a/other:2 of Deployment default/other; add below "workloads:" in weft.yaml: - { image: "a/other", command: [node, service.ts] }',
  ]);
});

test("workload plan: a command that is no program, and an Envoy that is not there, are problems", () => {
  const lost = plan(deployment("shop", "a/lost"));
  assert.deepEqual([...lost.kept], ["default/shop"]);
  assert.deepEqual(lost.problems, [
    "weft.yaml:5:5: error MissingProgram command: shopd is not on the PATH; install it, or write the path of another",
  ]);
  assert.deepEqual(plan(deployment("shop", "a/envoyed"), "envoy").problems, [
    'weft.yaml:4:5: error MissingProgram proxy: there is no Envoy at "envoy"; set WEFT_ENVOY to the path of one',
  ]);
});
