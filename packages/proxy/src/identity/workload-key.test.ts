import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { test } from "node:test";
import { createWorkloadKey } from "./workload-key.ts";

/** What stands inside the outer SEQUENCE: each element whole. */
function elementsOf(der: Buffer): Buffer[] {
  const elements: Buffer[] = [];
  const headerOf = (at: number) => {
    const first = der[at + 1] ?? 0;
    if (first < 0x80) return { header: 2, length: first };
    return first === 0x81
      ? { header: 3, length: der[at + 2] ?? 0 }
      : { header: 4, length: der.readUInt16BE(at + 2) };
  };
  let at = headerOf(0).header;
  while (at < der.length) {
    const { header, length } = headerOf(at);
    elements.push(der.subarray(at, at + header + length));
    at += header + length;
  }
  return elements;
}

test("workload key: the request is signed by the key whose public half it carries", async () => {
  const { csrPem, privateKeyPem } = await createWorkloadKey();
  const der = Buffer.from(csrPem.replaceAll(/-----[^-]+-----|\n/g, ""), "base64");
  const [info, , signature] = elementsOf(der);
  assert(info && signature);
  const publicKeyInfo = elementsOf(info)[2];
  assert(publicKeyInfo);
  const key = createPublicKey({ key: publicKeyInfo, format: "der", type: "spki" });
  assert(verify("sha256", info, key, signature.subarray(3)));
  assert.equal(createPrivateKey(privateKeyPem).asymmetricKeyDetails?.namedCurve, "prime256v1");
});

test("workload key: every key is a new one", async () => {
  const [one, two] = await Promise.all([createWorkloadKey(), createWorkloadKey()]);
  assert.notEqual(one.privateKeyPem, two.privateKeyPem);
});
