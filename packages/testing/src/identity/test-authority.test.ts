import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { connect, createServer } from "node:tls";
import { createTestAuthority } from "./test-authority.ts";

const URI = "spiffe://elsewhere.example.com/ns/default/sa/stranger";

test("a test authority's leaf names its URI and is signed by the root", () => {
  const { rootPem, issue } = createTestAuthority();
  const leaf = new X509Certificate(issue(URI).cert);
  assert.equal(leaf.subjectAltName, `URI:${URI}`);
  assert(leaf.verify(new X509Certificate(rootPem).publicKey));
});

test("two peers with its leaves shake hands in TLS", async (context) => {
  const { rootPem, issue } = createTestAuthority();
  const server = createServer({ ...issue(URI), ca: rootPem, requestCert: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const noName = () => undefined;
  const socket = connect({ port, ...issue(URI), ca: rootPem, checkServerIdentity: noName });
  await once(socket, "secureConnect");
  assert(socket.authorized);
  socket.destroy();
});
