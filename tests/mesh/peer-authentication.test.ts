import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "node:tls";
import {
  ask,
  createJoinToken,
  eventually,
  joinMesh,
  type MeshCredentials,
  type RunningMesh,
  startMesh,
} from "@weft/testing/end-to-end";
import { ingress, service, yaml } from "../fixtures/manifests.ts";
import { type Echo, TEST_MAP } from "../fixtures/test-mesh.ts";

type Mode = "STRICT" | "PERMISSIVE" | "DISABLE";

/** What a workload is seen to do. */
interface Observed {
  /** A stranger in plain text gets an answer. */
  readonly plain: boolean;
  /** A workload of the mesh gets an answer in mutual TLS. */
  readonly tls: boolean;
  /** Sidecars that call it are known to it. */
  readonly isCallerKnown: boolean;
}

const STRICT: Observed = { plain: false, tls: true, isCallerKnown: true };
const PERMISSIVE: Observed = { plain: true, tls: true, isCallerKnown: true };
const DISABLE: Observed = { plain: true, tls: false, isCallerKnown: false };

const CALL_BACK = "/call?url=http://back:8000/";

/**
 * Mode at each level, from the mesh to the port, and what follows for the workload `back`. No two
 * neighbours want the same, so that none can pass with what the one before left.
 */
const CASES: readonly (readonly [title: string, policies: readonly object[], want: Observed])[] = [
  ["nothing is PERMISSIVE", [], PERMISSIVE],
  ["a mesh that is STRICT", [mesh("STRICT")], STRICT],
  ["a mesh with DISABLE", [mesh("DISABLE")], DISABLE],
  ["a namespace with UNSET follows the mesh", [mesh("STRICT"), namespace("UNSET")], STRICT],
  ["a namespace before the mesh", [mesh("STRICT"), namespace("DISABLE")], DISABLE],
  [
    "a workload before its namespace",
    [mesh("DISABLE"), namespace("DISABLE"), workload("STRICT")],
    STRICT,
  ],
  ["a port before its workload", [workload("STRICT", "PERMISSIVE")], PERMISSIVE],
  ["a port with DISABLE", [mesh("STRICT"), workload("STRICT", "DISABLE")], DISABLE],
  ["a port that is STRICT", [workload("DISABLE", "STRICT")], STRICT],
];

test("PeerAuthentication decides at mesh, namespace, workload and port", async (context) => {
  const running = await startMesh(context, {
    files: {
      "services.yaml": [service({ name: "front" }), service({ name: "back" })].join("\n---\n"),
      "ingress.yaml": ingress("front"),
    },
    map: TEST_MAP,
    firstPath: CALL_BACK,
  });
  const token = createJoinToken(running.state, "spiffe://cluster.local/ns/default/sa/peer");
  const credentials = await joinMesh(running.state, token);
  for (const [title, policies, want] of CASES) {
    await context.test(title, async () => {
      running.edit("mtls.yaml", yaml(...policies));
      await eventually(title, async () => {
        assert.deepEqual(await observe(running, credentials), want);
        return true;
      });
    });
  }
});

test("a mode that changes under load loses no request", async (context) => {
  const running = await startMesh(context, {
    files: {
      "services.yaml": [service({ name: "front" }), service({ name: "back" })].join("\n---\n"),
      "ingress.yaml": ingress("front"),
    },
    map: TEST_MAP,
    firstPath: CALL_BACK,
  });
  const { address, bindPorts } = running.workload("back");
  const plain = `http://${address}:${bindPorts[8000]}/`;
  // Bursts: in between, connections are idle, and those are the ones that a change may cut.
  let isOver = false;
  const complaints: string[] = [];
  const bursts = (async () => {
    while (!isOver) {
      const report = await running.load(CALL_BACK, { count: 40, concurrency: 20 });
      complaints.push(...report.complaints);
    }
  })();
  for (let round = 0; round < 16; round += 1) {
    const mode = round % 2 === 0 ? "STRICT" : "PERMISSIVE";
    running.edit("mtls.yaml", yaml(mesh(mode)));
    await eventually(`mode ${mode}`, async () => {
      const isRefused = await ask(plain).then(
        () => false,
        () => true,
      );
      return isRefused === (mode === "STRICT") || undefined;
    });
  }
  isOver = true;
  await bursts;
  assert.deepEqual(complaints, []);
});

async function observe(running: RunningMesh, credentials: MeshCredentials): Promise<Observed> {
  const { address, bindPorts } = running.workload("back");
  const port = bindPorts[8000] ?? 0;
  const plain = await ask(`http://${address}:${port}/`).then(
    ({ status }) => status === 200,
    () => false,
  );
  const tls = await answersInTls(address, port, credentials);
  const call = await running.get(CALL_BACK);
  assert.equal(call.status, 200, "sidecars agree with each other, whatever the mode");
  const known = call.json<Echo>().headers["x-forwarded-client-cert"] !== undefined;
  return { plain, tls, isCallerKnown: known };
}

function answersInTls(host: string, port: number, credentials: MeshCredentials): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({
    host,
    port,
    ALPNProtocols: ["istio", "http/1.1"],
    // A name is not what a SPIFFE peer is known by.
    checkServerIdentity: () => undefined,
    ...credentials,
  });
  socket.once("secureConnect", () => socket.write("GET / HTTP/1.1\r\nHost: back:8000\r\n\r\n"));
  socket.once("data", (bytes: Buffer) => {
    resolve(bytes.toString("latin1").startsWith("HTTP/1.1 200 "));
    socket.destroy();
  });
  socket.on("error", () => {});
  socket.once("close", () => resolve(false));
  return promise;
}

function mesh(mode: Mode): object {
  return policy({ namespace: "istio-system", name: "default" }, { mtls: { mode } });
}

function namespace(mode: Mode | "UNSET"): object {
  return policy({ name: "default" }, { mtls: { mode } });
}

function workload(mode: Mode, portMode?: Mode): object {
  const portLevelMtls = portMode && { 8000: { mode: portMode } };
  return policy(
    { name: "back" },
    { selector: { matchLabels: { app: "back" } }, mtls: { mode }, portLevelMtls },
  );
}

function policy(metadata: object, spec: object): object {
  return { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", metadata, spec };
}
