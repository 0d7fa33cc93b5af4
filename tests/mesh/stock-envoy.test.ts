import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, startMesh } from "@weft/testing/end-to-end";
import { requirePart } from "../../scripts/part.ts";
import { ingress, meshMtls, service } from "../fixtures/manifests.ts";
import { type Echo, TEST_MAP } from "../fixtures/test-mesh.ts";

const IDENTITY = "spiffe://cluster.local/ns/default/sa";

test("a stock Envoy takes one sidecar's place, with the same ADS and SDS", async (context) => {
  const envoy = requirePart(context, "envoy");
  if (envoy === undefined) return;
  const mesh = await startMesh(context, {
    files: {
      "services.yaml": [
        service({ name: "middle", image: "echo-envoy" }),
        service({ name: "back" }),
      ].join("\n---\n"),
      "ingress.yaml": ingress("middle"),
      "mtls.yaml": meshMtls("STRICT"),
    },
    map: TEST_MAP,
    firstPath: "/call?url=http://back:8000/",
    env: { WEFT_ENVOY: envoy },
  });
  const { address, adminPort } = mesh.workload("middle");
  const admin = `http://${address}:${adminPort}`;

  await context.test("it is a real Envoy 1.40", async () => {
    const { version } = (await ask(`${admin}/server_info`)).json<{ version: string }>();
    assert.match(version, /\/1\.40\./);
  });

  await context.test("traffic comes in to it in mTLS", async () => {
    const { status, body, json } = await mesh.get("/");
    assert.equal(status, 200, body);
    const { version, headers } = json<Echo>();
    assert.equal(version, "v1");
    assert.match(headers["x-forwarded-client-cert"] ?? "", new RegExp(`By=${IDENTITY}/middle;`));
  });

  await context.test("traffic goes out of it in mTLS", async () => {
    const { status, body, json } = await mesh.get("/call?url=http://back:8000/");
    assert.equal(status, 200, body);
    const clientCertificate = json<Echo>().headers["x-forwarded-client-cert"] ?? "";
    assert.match(clientCertificate, new RegExp(`By=${IDENTITY}/back;.*URI=${IDENTITY}/middle`));
  });

  await context.test("it took every resource and refused none", async () => {
    const { body } = await ask(`${admin}/stats?filter=update_(rejected|success)$`);
    const counts = body
      .trim()
      .split("\n")
      .map((line) => line.split(": ") as [string, string]);
    const rejected = counts.filter(([name, count]) => name.endsWith("rejected") && count !== "0");
    assert.deepEqual(rejected, []);
    for (const name of ["cluster_manager.cds", "listener_manager.lds"]) {
      const count = counts.find(([stat]) => stat === `${name}.update_success`)?.[1];
      assert(Number(count) > 0, `${name} had ${count} updates`);
    }
  });
});
