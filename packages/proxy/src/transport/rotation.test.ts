import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, test } from "node:test";
import { createFakeClock } from "@weft/testing";
import { createTestAuthority } from "@weft/testing/end-to-end";
import {
  clientTls,
  handshake,
  inlineCertificate,
  inlineValidation,
  NO_SECRETS,
  outcome,
  serverTls,
} from "./fixture/handshake.ts";
import type { ServerHandshake } from "./server-tls.ts";
import { createSettableSecrets, toSecret } from "./settable-secrets.ts";

const BOB = "spiffe://cluster.local/ns/default/sa/bob";
const CAROL = "spiffe://cluster.local/ns/default/sa/carol";
const mesh = createTestAuthority();
const FROM_SDS = {
  tlsCertificateSdsSecretConfigs: [{ name: "default" }],
  validationContextSdsSecretConfig: { name: "ROOTCA" },
};
const alice = {
  ...inlineCertificate(mesh.issue("spiffe://cluster.local/ns/default/sa/alice")),
  ...inlineValidation(mesh.rootPem),
};

describe("rotation", () => {
  test("a new certificate counts for new handshakes and leaves established connections", async () => {
    const { secrets, server } = setUp();
    const before = await handshake(server, clientTls(alice));
    secrets.set("default", toSecret(mesh.issue(CAROL)));
    const after = await handshake(server, clientTls(alice));
    assert.ok(after.client.kind === "established");
    assert.deepEqual(after.client.info.peerUriSans, [CAROL]);
    assert.ok(before.client.kind === "established" && before.server.kind === "established");
    before.server.socket.write("still here");
    const [chunk] = await before.client.socket.take(1).toArray();
    assert.equal(String(chunk), "still here");
  });

  test("new roots count for new handshakes", async () => {
    const { secrets, server } = setUp();
    assert.equal(outcome((await handshake(server, clientTls(alice))).server), "established");
    const other = createTestAuthority();
    secrets.set("ROOTCA", { kind: "validation", trustedCaPem: other.rootPem });
    assert.notEqual(outcome((await handshake(server, clientTls(alice))).server), "established");
  });

  for (const [title, name, secret] of [
    ["a broken key", "default", toSecret({ ...mesh.issue(CAROL), key: "no key" })],
    ["the key of another", "default", toSecret({ ...mesh.issue(CAROL), key: mesh.issue(BOB).key })],
    ["a broken certificate", "default", toSecret({ ...mesh.issue(CAROL), cert: "no certificate" })],
    ["no roots", "ROOTCA", { kind: "validation", trustedCaPem: "" }],
    ["broken roots", "ROOTCA", { kind: "validation", trustedCaPem: "no roots" }],
  ] as const)
    test(`${title} does not take the place of what works`, async () => {
      const { secrets, server } = setUp();
      await handshake(server, clientTls(alice));
      secrets.set(name, secret);
      const { client } = await handshake(server, clientTls(alice));
      assert.ok(client.kind === "established");
      assert.deepEqual(client.info.peerUriSans, [BOB]);
    });

  test("a first certificate that is broken refuses connections, and the next one mends it", async () => {
    const { secrets, server } = setUp({ cert: mesh.issue(BOB).cert, key: "SECRET BYTES" });
    const broken = outcome((await handshake(server, clientTls(alice))).server);
    assert.notEqual(broken, "established");
    assert.doesNotMatch(broken, /SECRET/);
    secrets.set("default", toSecret(mesh.issue(BOB)));
    assert.equal(outcome((await handshake(server, clientTls(alice))).server), "established");
  });

  test("before any certificate has arrived both ends say so", async () => {
    const server = serverTls(FROM_SDS, { secrets: NO_SECRETS });
    const client = clientTls(FROM_SDS, { secrets: NO_SECRETS });
    const both = await handshake(server, client);
    assert.equal(outcome(both.server), "certificate has not arrived yet");
    assert.equal(outcome(both.client), "certificate has not arrived yet");
  });

  test("a peer that says nothing is given up after the handshake's time", async () => {
    const clock = createFakeClock();
    const server = serverTls(inlineCertificate(mesh.issue(BOB)), { clock });
    const results: ServerHandshake[] = [];
    server.accept(duplexPair()[0], "", (result) => results.push(result));
    clock.advanceMs(4_999);
    assert.equal(results.length, 0);
    clock.advanceMs(1);
    assert.deepEqual(results.map(outcome), ["TLS handshake timed out"]);
  });
});

function setUp(own = mesh.issue(BOB)) {
  const secrets = createSettableSecrets(own, mesh.rootPem);
  return { secrets, server: serverTls(FROM_SDS, { secrets, requires: true }) };
}
