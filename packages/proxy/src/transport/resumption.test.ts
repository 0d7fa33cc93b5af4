import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { createTestAuthority } from "@weft/testing/end-to-end";
import {
  clientTls,
  handshake,
  inlineCertificate,
  inlineValidation,
  serverTls,
} from "./fixture/handshake.ts";

const ALICE = "spiffe://cluster.local/ns/default/sa/alice";
const BOB = "spiffe://cluster.local/ns/default/sa/bob";

test("a resumed session still knows who both are", async () => {
  const mesh = createTestAuthority();
  const validation = (peer: string) => inlineValidation(mesh.rootPem, peer);
  const client = clientTls({ ...inlineCertificate(mesh.issue(ALICE)), ...validation(BOB) });
  const server = serverTls(
    { ...inlineCertificate(mesh.issue(BOB)), ...validation(ALICE) },
    { requires: true },
  );
  const reused: boolean[] = [];
  for (let times = 0; times < 4; times += 1) {
    const both = await handshake(server, client, "192.0.2.1:443");
    assert.ok(both.client.kind === "established" && both.server.kind === "established");
    assert.deepEqual(both.client.info.peerUriSans, [BOB]);
    assert.deepEqual(both.server.info.peerUriSans, [ALICE]);
    const { socket } = both.client;
    reused.push(socket.isSessionReused());
    // Tickets come with the first bytes of the server.
    both.server.socket.write("x");
    await once(socket, "data");
    socket.destroy();
  }
  assert(reused.includes(true), "no session was resumed");
});
