import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readMesh } from "@weft/control-plane";
import { UsageError } from "../usage-error.ts";
import { imagineNode } from "./imagined-node.ts";

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: reviews-v2 }
spec:
  selector: { matchLabels: { app: reviews } }
  template:
    metadata: { labels: { app: reviews, version: v2 } }
    spec: { serviceAccountName: reviewer, containers: [{ name: a, image: a }] }
`;

async function setUp(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "weft-translate-"));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "a.yaml"), DEPLOYMENT);
  const reading = await readMesh([folder]);
  const wanted = { namespace: undefined, labels: {}, capture: "redirect" } as const;
  return (proxy: string, more: Partial<Parameters<typeof imagineNode>[0]> = {}) =>
    imagineNode({ ...wanted, proxy, ...more }, reading);
}

test("imagined node: a Deployment, or a pod of it, tells labels and identity", async (context) => {
  const imagine = await setUp(context);
  for (const proxy of ["reviews-v2", "reviews-v2-0", "reviews-v2-0.default"]) {
    const { id, metadata } = imagine(proxy);
    assert.match(
      id,
      /^sidecar~192\.0\.2\.1~reviews-v2(-0)?\.default~default\.svc\.cluster\.local$/,
    );
    assert.deepEqual(metadata.LABELS, { app: "reviews", version: "v2" });
    assert.equal(metadata.SERVICE_ACCOUNT, "reviewer");
  }
});

test("imagined node: a name that no workload has is one without labels, and said to be", async (context) => {
  const imagine = await setUp(context);
  assert.equal(imagine("reviews-v2").isKnown, true);
  const { isKnown, metadata } = imagine("nobody");
  assert.equal(isKnown, false);
  assert.deepEqual(metadata.LABELS, {});
});

test("imagined node: an id is taken as it is, labels make a gateway", async (context) => {
  const imagine = await setUp(context);
  const id = "router~192.0.2.7~gw.istio-system~istio-system.svc.cluster.local";
  assert.equal(imagine(id).id, id);
  assert.match(imagine("gw", { labels: { istio: "ingressgateway" } }).id, /^router~/);
});

test("imagined node: the gateway of weft up has the name that its table shows", async (context) => {
  const imagine = await setUp(context);
  for (const name of [
    "istio-ingressgateway",
    "istio-ingressgateway-0",
    "istio-ingressgateway-0.istio-system",
  ]) {
    const { id, isKnown, metadata } = imagine(name);
    assert.match(id, /^router~192\.0\.2\.1~istio-ingressgateway(-0)?\.istio-system~/);
    assert.equal(isKnown, true);
    assert.equal((metadata.LABELS as { istio?: string }).istio, "ingressgateway");
  }
});

test("imagined node: an id that is none is misuse", async (context) => {
  const imagine = await setUp(context);
  assert.throws(() => imagine("sidecar~192.0.2.1"), UsageError);
});
