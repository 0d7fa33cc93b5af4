import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { chmod, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { MeshError, systemClock, toSpiffeId } from "@weft/core";
import { verifyPeerCertificate } from "../auth/peer-certificate.ts";
import { openCertificateAuthority } from "./certificate-authority.ts";
import { parseSigningRequest } from "./signing-request.ts";
import { Pkcs10CertificateRequestGenerator } from "./x509.ts";

const HOUR_MS = 3_600_000;
const REVIEWS = toSpiffeId({
  trustDomain: "cluster.local",
  namespace: "default",
  serviceAccount: "reviews",
});

describe("the certificate authority", () => {
  test("makes a root that only its owner can read, and keeps it across restarts", async (t) => {
    const folder = await makeFolder(t);
    const first = await open(folder);
    const second = await open(folder);
    assert.equal(first.rootCertificatePem, second.rootCertificatePem);
    const { publicKey } = new X509Certificate(first.rootCertificatePem);
    assert.equal(publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    assert.equal((await stat(join(folder, "root-key.pem"))).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  test("refuses a root key that others can read", async (t) => {
    const folder = await makeFolder(t);
    await open(folder);
    await chmod(join(folder, "root-key.pem"), 0o640);
    await assert.rejects(open(folder), isMeshError("RootKeyExposed"));
  });

  test("refuses half a root instead of replacing it", async (t) => {
    const folder = await makeFolder(t);
    await open(folder);
    await rm(join(folder, "root-key.pem"));
    await assert.rejects(open(folder), isMeshError("RootIncomplete"));
  });

  test("signs a leaf with the proved identity alone, valid at once and for its lifetime", async (t) => {
    const ca = await open(await makeFolder(t));
    const publicKey = await parseSigningRequest(await makeRequest("CN=someone else"));
    const pem = await ca.signWorkload({ publicKey, identity: REVIEWS });
    const leaf = new X509Certificate(pem);
    assert.equal(leaf.subjectAltName, `URI:${REVIEWS}`);
    assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    assert.equal(leaf.subject, undefined);
    assert.equal(leaf.ca, false);
    const livesMs = leaf.validToDate.getTime() - leaf.validFromDate.getTime();
    assert.equal(Math.round(livesMs / 1000), (HOUR_MS + 60_000) / 1000);
    assert(leaf.validFromDate.getTime() < Date.now());
  });

  test("grants a shorter life when asked, never a longer one", async (t) => {
    const ca = await open(await makeFolder(t));
    const publicKey = await parseSigningRequest(await makeRequest());
    for (const [askedMs, grantedMs] of [
      [60_000, 60_000],
      [100 * HOUR_MS, HOUR_MS],
    ] as const) {
      const pem = await ca.signWorkload({ publicKey, identity: REVIEWS, maxLifetimeMs: askedMs });
      const endsInMs = new X509Certificate(pem).validToDate.getTime() - Date.now();
      assert(Math.abs(endsInMs - grantedMs) < 5000, `${endsInMs}`);
    }
  });

  test("refuses a request that is not signed with its own key", async () => {
    const pem = await makeRequest();
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----`;
    await assert.rejects(parseSigningRequest(forged), /csr: /);
  });

  for (const [what, pem] of [
    ["nothing", ""],
    ["text", "hello"],
    ["a very long text", "A".repeat(100_000)],
  ] as const) {
    test(`refuses ${what} as a signing request`, () =>
      assert.rejects(parseSigningRequest(pem), /csr: /));
  }
});

describe("the proof of a peer's identity", () => {
  test("accepts a leaf of the own root while it is valid", async (t) => {
    const { der, root } = await makeLeaf(t);
    const verdict = verify(der, root);
    assert.equal(verdict.kind === "proved" && verdict.identity.id, REVIEWS);
  });

  test("refuses a leaf that has expired", async (t) => {
    const { der, root } = await makeLeaf(t);
    assert.match(reasonOf(verify(der, root, Date.now() + 2 * HOUR_MS)), /expired/);
  });

  test("refuses a leaf of another root of the same name", async (t) => {
    const { der } = await makeLeaf(t);
    const { root } = await makeLeaf(t);
    assert.match(reasonOf(verify(der, root)), /not signed by the mesh's root/);
  });

  test("refuses a leaf of another trust domain", async (t) => {
    const { der, root } = await makeLeaf(t);
    const verdict = verifyPeerCertificate(der, { root, trustDomain: "example.com", clock });
    assert.match(reasonOf(verdict), /trust domain cluster.local/);
  });

  test("refuses the root itself, and noise", async (t) => {
    const { root } = await makeLeaf(t);
    assert.match(reasonOf(verify(root.raw, root)), /is a CA's/);
    assert.match(reasonOf(verify(Buffer.from("noise"), root)), /cannot be read/);
  });
});

const clock = systemClock;

function verify(der: Uint8Array, root: X509Certificate, wallMs = Date.now()) {
  const at = { ...clock, wallMs: () => wallMs };
  return verifyPeerCertificate(der, { root, trustDomain: "cluster.local", clock: at });
}

function reasonOf(verdict: ReturnType<typeof verify>): string {
  return verdict.kind === "refused" ? verdict.reason : "proved";
}

interface TestContext {
  after(callback: () => Promise<void>): void;
}

async function makeLeaf(t: TestContext) {
  const ca = await open(await makeFolder(t));
  const publicKey = await parseSigningRequest(await makeRequest());
  const pem = await ca.signWorkload({ publicKey, identity: REVIEWS });
  return {
    der: new X509Certificate(pem).raw,
    root: new X509Certificate(ca.rootCertificatePem),
  };
}

function open(folder: string) {
  return openCertificateAuthority({
    folder,
    trustDomain: "cluster.local",
    workloadLifetimeMs: HOUR_MS,
    clock,
  });
}

async function makeRequest(name = ""): Promise<string> {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };
  const request = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm });
  return request.toString("pem");
}

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "weft-ca-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

function isMeshError(code: string) {
  return (error: unknown) => error instanceof MeshError && error.code === code;
}
