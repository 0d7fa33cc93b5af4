/**
 * The mesh's certificate authority. In: public keys whose holders were authenticated by the caller,
 * and the names they proved. Out: short-lived leaves signed by the root. The root's private key
 * stays in this file's closure.
 */
import { webcrypto } from "node:crypto";
import type { Clock, SpiffeId } from "@weft/core";
import { type LeafName, leafExtensions, rootExtensions } from "./certificate-extensions.ts";
import { loadOrCreateRoot, type StoredRoot } from "./root-store.ts";
import { PemConverter, PublicKey, X509Certificate, X509CertificateGenerator } from "./x509.ts";

/** Signs leaves; made by {@link openCertificateAuthority}. */
export interface CertificateAuthority {
  readonly rootCertificatePem: string;
  readonly trustDomain: string;
  /** A leaf for a workload; PEM. `maxLifetimeMs` can only shorten the configured life. */
  signWorkload(options: {
    readonly publicKey: PublicKey;
    readonly identity: SpiffeId;
    readonly maxLifetimeMs?: number;
  }): Promise<string>;
  /** A leaf for a server of the control plane. */
  signServer(options: ServerLeaf): Promise<string>;
}

/** What {@link CertificateAuthority.signServer} signs. */
export interface ServerLeaf {
  readonly publicKey: PublicKey;
  readonly dnsNames: readonly string[];
  readonly lifetimeMs: number;
}

/** Where the root lies and how long leaves live. */
export interface CertificateAuthorityConfig {
  readonly folder: string;
  readonly trustDomain: string;
  readonly workloadLifetimeMs: number;
  readonly clock: Clock;
}

const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING_ALGORITHM = { name: "ECDSA", hash: "SHA-256" };
const ROOT_LIFETIME_MS = 10 * 365 * 24 * 3_600_000;
/** Clocks of one mesh differ; a leaf must be valid at once everywhere. */
const BACKDATE_MS = 60_000;

/** The authority whose root lies in `folder`; makes the root at the first start. */
export async function openCertificateAuthority(
  config: CertificateAuthorityConfig,
): Promise<CertificateAuthority> {
  const { folder, trustDomain, workloadLifetimeMs, clock } = config;
  const stored = await loadOrCreateRoot(folder, () => createRoot(config));
  const root = new X509Certificate(stored.certificatePem);
  const issuerKey = root.publicKey;
  const signingKey = await importPrivateKey(stored.privateKeyPem);

  const sign = async (
    publicKey: PublicKey,
    names: readonly LeafName[],
    lifetimeMs: number,
  ): Promise<string> => {
    const nowMs = clock.wallMs();
    const leaf = await X509CertificateGenerator.create({
      issuer: root.subjectName,
      notBefore: new Date(nowMs - BACKDATE_MS),
      // A leaf must not outlive what vouches for it.
      notAfter: new Date(Math.min(nowMs + lifetimeMs, root.notAfter.getTime())),
      publicKey,
      signingKey,
      signingAlgorithm: SIGNING_ALGORITHM,
      extensions: await leafExtensions(publicKey, issuerKey, names),
    });
    return leaf.toString("pem");
  };

  return {
    rootCertificatePem: stored.certificatePem,
    trustDomain,
    signWorkload: ({ publicKey, identity, maxLifetimeMs = workloadLifetimeMs }) =>
      sign(
        publicKey,
        [{ type: "url", value: identity }],
        Math.min(maxLifetimeMs, workloadLifetimeMs),
      ),
    signServer: ({ publicKey, dnsNames, lifetimeMs }) =>
      sign(
        publicKey,
        dnsNames.map((value) => ({ type: "dns", value })),
        lifetimeMs,
      ),
  };
}

async function createRoot(config: CertificateAuthorityConfig): Promise<StoredRoot> {
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const nowMs = config.clock.wallMs();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ O: [config.trustDomain] }, { CN: [`Weft root of ${config.trustDomain}`] }],
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + ROOT_LIFETIME_MS),
    keys,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: await rootExtensions(await publicKeyOf(keys.publicKey)),
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificatePem: certificate.toString("pem"),
    privateKeyPem: PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag),
  };
}

async function publicKeyOf(key: webcrypto.CryptoKey): Promise<PublicKey> {
  return new PublicKey(await webcrypto.subtle.exportKey("spki", key));
}

function importPrivateKey(pem: string): Promise<webcrypto.CryptoKey> {
  const pkcs8 = PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey("pkcs8", pkcs8, KEY_ALGORITHM, false, ["sign"]);
}
