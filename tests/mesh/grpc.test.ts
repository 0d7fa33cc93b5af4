import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, startMesh } from "@weft/testing/end-to-end";
import { ingress, meshMtls, service } from "../fixtures/manifests.ts";
import { countRequests } from "../fixtures/prometheus-text.ts";
import { TEST_MAP } from "../fixtures/test-mesh.ts";

const IDENTITY = "spiffe://cluster.local/ns/default/sa";

test("gRPC calls, unary and streaming, pass both sidecars", async (context) => {
  const mesh = await startMesh(context, {
    files: {
      "services.yaml": [
        service({ name: "client", image: "greeter-client" }),
        service({ name: "greeter", image: "greeter", port: { name: "grpc", number: 9000 } }),
      ].join("\n---\n"),
      "ingress.yaml": ingress("client"),
      "mtls.yaml": meshMtls("STRICT"),
    },
    map: TEST_MAP,
    firstPath: "/greet?text=first",
  });
  const answer = async (path: string) => (await mesh.get(path)).json<unknown>();

  await context.test("a unary call", async () => {
    assert.deepEqual(await answer("/greet?text=world"), { text: "hello world" });
  });

  await context.test("a unary call that fails keeps its status and details", async () => {
    const { code, details } = (await answer("/greet?text=fail")) as Record<string, unknown>;
    assert.deepEqual({ code, details }, { code: 9, details: "asked to fail" });
  });

  await context.test("a stream of answers, in order and complete", async () => {
    const texts = await answer("/count?text=line&count=200");
    assert.deepEqual(
      texts,
      Array.from({ length: 200 }, (_, index) => `line ${index}`),
    );
  });

  await context.test("a stream both ways", async () => {
    assert.deepEqual(await answer("/chat?text=a&text=b&text=c"), ["heard a", "heard b", "heard c"]);
  });

  await context.test(
    "the greeter's sidecar saw the client's identity and counted the calls",
    async () => {
      const { text } = (await answer("/greet?text=who")) as { text: string };
      assert.match(text, new RegExp(`By=${IDENTITY}/greeter;.*URI=${IDENTITY}/client`));
      await eventually("six calls being counted", async () => {
        return (await countRequests(mesh, "greeter")) === 6 || undefined;
      });
    },
  );
});
