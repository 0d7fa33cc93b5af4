import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, type TestContext, test } from "node:test";
import {
  type ConnectionOptions,
  connect,
  createServer,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";
import {
  ask,
  createJoinToken,
  createTestAuthority,
  eventually,
  joinMesh,
  type RunningMesh,
  startMesh,
} from "@weft/testing/end-to-end";
import { ingress, meshMtls, service, yaml } from "../fixtures/manifests.ts";
import { type Echo, TEST_MAP } from "../fixtures/test-mesh.ts";

const PEER = "spiffe://cluster.local/ns/default/sa/peer";
const FRONT = "spiffe://cluster.local/ns/default/sa/front";
const BACK = "spiffe://cluster.local/ns/default/sa/back";

const CALL_BACK = "/call?url=http://back:8000/";

/** Short enough that several renewals fall into the test. */
const LIFETIME = "8s";

describe("mutual TLS between sidecars", () => {
  test("is TLS 1.3 with the right identities, refuses strangers, and rotates unnoticed", async (context) => {
    const mesh = await startMesh(context, {
      files: {
        "services.yaml": [service({ name: "front" }), service({ name: "back" })].join("\n---\n"),
        "ingress.yaml": ingress("front"),
        "mtls.yaml": meshMtls("STRICT"),
      },
      map: TEST_MAP,
      firstPath: CALL_BACK,
      parameters: ["--workload-certificate-lifetime", LIFETIME],
    });

    await context.test("a sidecar shows its SPIFFE id, in TLS 1.3", async () => {
      const socket = await connectTo(mesh, "back", await credentialsOf(mesh, PEER));
      assert.equal(socket.getProtocol(), "TLSv1.3");
      assert.equal(uriOf(socket.getPeerCertificate()), BACK);
      socket.destroy();
    });

    await context.test("the called sidecar sees the caller's SPIFFE id", async () => {
      const { status, json } = await mesh.get(CALL_BACK);
      assert.equal(status, 200);
      const clientCertificate = json<Echo>().headers["x-forwarded-client-cert"] ?? "";
      assert.match(clientCertificate, new RegExp(`By=${BACK};.*URI=${FRONT}`));
    });

    await context.test(
      "a caller shows its SPIFFE id, in TLS 1.3, to whom it calls",
      async (inner) => {
        const seen = await seenByPeer(inner, mesh);
        assert.deepEqual(seen, { protocol: "TLSv1.3", uri: FRONT });
      },
    );

    await context.test("a join token is good for one certificate", async () => {
      const token = createJoinToken(mesh.state, PEER);
      await joinMesh(mesh.state, token);
      await assert.rejects(joinMesh(mesh.state, token), /UNAUTHENTICATED|PERMISSION_DENIED/);
    });

    await context.test("plain text to a STRICT workload is refused", async () => {
      const { address, bindPorts } = mesh.workload("back");
      await assert.rejects(ask(`http://${address}:${bindPorts[8000]}/`));
    });

    await context.test(
      "a certificate of another authority and trust domain is refused",
      async () => {
        const stranger = createTestAuthority().issue(
          "spiffe://elsewhere.example.com/ns/default/sa/front",
        );
        await assertRefused(mesh, stranger);
      },
    );

    await context.test("no certificate at all is refused", async () => {
      await assertRefused(mesh, {});
    });

    await context.test("certificates are renewed under load and 0 requests fail", async () => {
      const serials = new Set<string>();
      const loading = mesh.load(CALL_BACK, { ratePerSecond: 50, durationMs: 10_000 });
      const peer = await credentialsOf(mesh, PEER);
      await eventually(
        "a third certificate of the same workload",
        async () => {
          const socket = await connectTo(mesh, "back", peer);
          serials.add(socket.getPeerCertificate().serialNumber);
          socket.destroy();
          return serials.size >= 3 || undefined;
        },
        { deadlineMs: 20_000, everyMs: 250 },
      );
      const report = await loading;
      assert.equal(report.failedCount, 0, report.complaints.join("\n"));
    });
  });
});

async function credentialsOf(mesh: RunningMesh, identity: string) {
  return await joinMesh(mesh.state, createJoinToken(mesh.state, identity));
}

/** A raw TLS connection to the sidecar's inbound port, as another sidecar would open it. */
async function connectTo(
  mesh: RunningMesh,
  podPrefix: string,
  options: ConnectionOptions,
): Promise<TLSSocket> {
  const { address, bindPorts } = mesh.workload(podPrefix);
  const socket = connect({
    host: address,
    port: bindPorts[8000] ?? 0,
    ALPNProtocols: ["istio", "http/1.1"],
    // A name is not what a SPIFFE peer is known by; the tests look at the URI themselves.
    checkServerIdentity: () => undefined,
    ...options,
    rejectUnauthorized: "ca" in options,
  });
  socket.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed during the handshake")));
  });
  return socket;
}

/**
 * In TLS 1.3 a client believes the handshake done before the server has seen its certificate: the
 * refusal arrives as an alert or an end in place of the first answer.
 */
async function assertRefused(mesh: RunningMesh, credentials: ConnectionOptions): Promise<void> {
  const answer = async () => {
    const socket = await connectTo(mesh, "back", credentials);
    socket.write("GET / HTTP/1.1\r\nHost: back:8000\r\n\r\n");
    return await new Promise((resolve, reject) => {
      socket.once("data", resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("closed without an answer")));
    });
  };
  await assert.rejects(answer, /alert|closed|reset|ECONN|unknown ca|certificate/i);
}

/** Makes the test itself a workload of the mesh, has the front call it, and tells who called. */
async function seenByPeer(context: TestContext, mesh: RunningMesh) {
  const credentials = await credentialsOf(mesh, PEER);
  let seen: { protocol: string | null; uri: string } | undefined;
  const server = createServer(
    { ...credentials, requestCert: true, ALPNProtocols: ["istio", "http/1.1"] },
    (socket) => {
      socket.on("error", () => {});
      seen = { protocol: socket.getProtocol(), uri: uriOf(socket.getPeerCertificate()) };
      const close = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
      socket.once("data", () => socket.end(close));
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  mesh.edit("peer.yaml", peerEntry((server.address() as AddressInfo).port));
  return await eventually("the front calling the test", async () => {
    await mesh.get("/call?url=http://peer.example.com/");
    return seen;
  });
}

/** A workload of the mesh that is not one of `weft up`'s. */
function peerEntry(port: number): string {
  return yaml({
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: { name: "peer" },
    spec: {
      hosts: ["peer.example.com"],
      location: "MESH_INTERNAL",
      resolution: "STATIC",
      ports: [{ number: 80, name: "http", protocol: "HTTP" }],
      endpoints: [
        {
          address: "127.0.0.1",
          ports: { http: port },
          serviceAccount: "peer",
          labels: { "security.istio.io/tlsMode": "istio" },
        },
      ],
    },
  });
}

/** The one URI of a certificate's alternative names. */
function uriOf({ subjectaltname = "" }: PeerCertificate): string {
  return /^URI:(\S+)$/.exec(subjectaltname)?.[1] ?? subjectaltname;
}
