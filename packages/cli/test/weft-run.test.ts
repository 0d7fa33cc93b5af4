/** `weft run` with real processes, in a mesh of tiny programs. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  eventually,
  freePort,
  readMeshRecord,
  startProgram,
  weftCommand,
} from "@weft/testing/end-to-end";
import { parse } from "yaml";

const PROGRAMS = fileURLToPath(new URL("fake-programs", import.meta.url));

const MESH = `
apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { selector: { app: shop }, ports: [{ port: 80, targetPort: 9080 }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: door }
spec: { selector: { istio: ingressgateway }, servers: [{ port: { number: 8080, name: http, protocol: HTTP } }] }
`;

test("weft run: joins a running mesh, ends with the program's exit code, leaves nothing", {
  skip: process.platform !== "linux" && "needs 127.0.0.0/8",
}, async (context) => {
  const root = mkdtempSync(join(tmpdir(), "weft-run-"));
  const folder = join(root, "mesh");
  const state = join(root, "state");
  mkdirSync(folder);
  writeFileSync(join(folder, "mesh.yaml"), MESH);
  const options = { env: { WEFT_PROGRAMS: PROGRAMS } };
  const flags = ["--state", state, "--port", `8080=${await freePort()}`];
  const mesh = startProgram(weftCommand("up", folder, ...flags), options);
  context.after(async () => {
    await mesh.stop();
    rmSync(root, { recursive: true, force: true });
  });
  await eventually("the mesh", () => readMeshRecord(state).readyAfterMs);

  const script = "require('net').createServer().listen(process.env.PORT, process.env.HOST);";
  const code = `${script} process.on('SIGTERM', () => process.exit(7));`;
  const target = ["--service", "shop", "--mesh", state, "--", "node", "-e", code];
  const joined = startProgram(weftCommand("run", ...target), options);
  context.after(() => joined.stop());
  const pods = join(state, "run", "pods");
  const pod = await eventually("its pod being ready", () => {
    const name = readdirSync(pods).find((file) => file.startsWith("shop-run-"));
    const found = parse(readFileSync(join(pods, name ?? ""), "utf8"));
    return found.status.conditions[0].status === "True" ? found : undefined;
  });
  assert.deepEqual(pod.metadata.labels, { app: "shop" });
  assert.equal(await joined.stop("SIGTERM"), 7, joined.output());
  assert.deepEqual(readdirSync(pods), ["istio-ingressgateway-0.yaml"]);

  const unknown = startProgram(
    weftCommand("run", "--service", "none", "--mesh", state, "--", "true"),
    options,
  );
  assert.equal(await unknown.ended, 1);
  assert.match(unknown.output(), /no Service default\/none/);
});
