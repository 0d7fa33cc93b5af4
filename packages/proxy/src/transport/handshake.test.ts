import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { createTestAuthority } from "@weft/testing/end-to-end";
import {
  clientTls,
  handshake,
  inlineCertificate,
  inlineValidation,
  outcome,
  serverTls,
} from "./fixture/handshake.ts";

const ALICE = "spiffe://cluster.local/ns/default/sa/alice";
const BOB = "spiffe://cluster.local/ns/default/sa/bob";
const mesh = createTestAuthority();
const stranger = createTestAuthority();
const alice = { ...inlineCertificate(mesh.issue(ALICE)), ...inlineValidation(mesh.rootPem, BOB) };
const bob = { ...inlineCertificate(mesh.issue(BOB)), ...inlineValidation(mesh.rootPem, ALICE) };

/** Both ends' outcome of a handshake between these two. */
async function meet(client: JsonObject, server: JsonObject, requires = true) {
  const both = await handshake(serverTls(server, { requires }), clientTls(client));
  return { client: outcome(both.client), server: outcome(both.server) };
}

describe("TLS handshake", () => {
  test("each end learns who the other is", async () => {
    const { server, client } = await handshake(
      serverTls({ ...bob, alpnProtocols: ["h2"] }, { requires: true }),
      clientTls({ ...alice, alpnProtocols: ["h2"] }, { sni: "bob.example.com" }),
    );
    assert.ok(server.kind === "established" && client.kind === "established");
    assert.deepEqual(server.info.peerUriSans, [ALICE]);
    assert.deepEqual(client.info.peerUriSans, [BOB]);
    assert.deepEqual([server.info.alpn, client.info.alpn], ["h2", "h2"]);
    assert.equal(client.socket.getCipher().version, "TLSv1.3");
    assert.equal(client.info.sni, "bob.example.com");
  });

  test("a server that is someone else is refused, and both ids are named", async () => {
    const wantsCarol = { ...alice, ...inlineValidation(mesh.rootPem, `${BOB}-carol`) };
    const { client } = await meet(wantsCarol, bob);
    assert.equal(
      client,
      `peer certificate's names (${BOB}) match none of the accepted ones (${BOB}-carol)`,
    );
  });

  test("a client that is someone else is refused, and both ids are named", async () => {
    const mallory = { ...alice, ...inlineCertificate(mesh.issue(`${ALICE}2`)) };
    const { server } = await meet(mallory, bob);
    assert.equal(
      server,
      `peer certificate's names (${ALICE}2) match none of the accepted ones (${ALICE})`,
    );
  });

  test("an id of another authority is refused on either side", async () => {
    const forged = { ...alice, ...inlineCertificate(stranger.issue(ALICE)) };
    assert.match((await meet(forged, bob)).server, /certificate signature failure/);
    const impostor = { ...bob, ...inlineCertificate(stranger.issue(BOB)) };
    assert.match((await meet(alice, impostor)).client, /certificate signature failure/);
  });

  test("two ids in one certificate are none", async () => {
    const twoFaced = { ...alice, ...inlineCertificate(mesh.issue(ALICE, BOB)) };
    assert.equal((await meet(twoFaced, bob)).server, "peer certificate has more than one URI SAN");
  });

  test("a client without certificate is refused only where one is required", async () => {
    const nobody = inlineValidation(mesh.rootPem, BOB);
    assert.match((await meet(nobody, bob)).server, /did not return a certificate/);
    assert.equal((await meet(nobody, bob, false)).server, "established");
  });

  test("a wrong certificate is refused also where none is required", async () => {
    const forged = { ...alice, ...inlineCertificate(stranger.issue(ALICE)) };
    assert.notEqual((await meet(forged, bob, false)).server, "established");
  });

  test("without a validation context anybody is believed", async () => {
    const trusting = inlineCertificate(stranger.issue("spiffe://other/x"));
    assert.deepEqual(await meet(trusting, inlineCertificate(mesh.issue(BOB)), false), {
      client: "established",
      server: "established",
    });
  });

  for (const [title, ours, theirs, want] of [
    ["the server's order wins", ["h2", "http/1.1"], ["http/1.1", "h2"], "h2"],
    ["one side names none", [], ["h2"], ""],
    ["nothing is common", ["h2"], ["istio"], "istio"],
  ] as const)
    test(`of application protocols, where ${title}, ${want || "none"} is taken`, async () => {
      const both = await handshake(
        serverTls({ ...bob, alpnProtocols: [...ours] }),
        clientTls({ ...alice, alpnProtocols: [...theirs] }),
      );
      assert.ok(both.server.kind === "established");
      assert.equal(both.server.info.alpn, want);
    });

  for (const [most, least, want] of [
    ["TLSv1_2", "TLSv1_2", "established"],
    ["TLSv1_2", "TLSv1_3", "unsupported protocol"],
  ] as const)
    test(`a client of ${most} and a server of at least ${least}: ${want}`, async () => {
      const { server } = await meet(
        { ...alice, tlsParams: { tlsMaximumProtocolVersion: most } },
        { ...bob, tlsParams: { tlsMinimumProtocolVersion: least } },
      );
      assert.equal(server, want);
    });

  test("only the ciphers that are named are spoken", async () => {
    const oneCipher = (name: string) => ({
      tlsParams: { tlsMaximumProtocolVersion: "TLSv1_2", cipherSuites: [name] },
    });
    const [a, b] = ["ECDHE-ECDSA-AES128-GCM-SHA256", "[ECDHE-ECDSA-AES256-GCM-SHA384|X]"];
    const same = await meet({ ...alice, ...oneCipher(a) }, { ...bob, ...oneCipher(a) });
    assert.equal(same.server, "established");
    const other = await meet({ ...alice, ...oneCipher(a) }, { ...bob, ...oneCipher(b) });
    assert.equal(other.server, "no shared cipher");
  });
});
