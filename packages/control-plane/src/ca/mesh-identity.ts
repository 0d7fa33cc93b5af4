import { X509Certificate } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Log } from "@weft/core";
import { RenewedCredentials } from "../server/renewed-credentials.ts";
import { type CertificateAuthority, openCertificateAuthority } from "./certificate-authority.ts";
import { openServerCertificate } from "./server-certificate.ts";

/** What the control plane vouches with, and how it shows who it is itself. */
export interface MeshIdentity {
  readonly ca: CertificateAuthority;
  readonly root: X509Certificate;
  /** Where join tokens lie. */
  readonly tokenFolder: string;
  readonly serverCredentials: RenewedCredentials;
}

/** What {@link openMeshIdentity} needs. */
export interface MeshIdentityConfig {
  readonly stateFolder: string;
  readonly trustDomain: string;
  readonly workloadCertificateLifetimeMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Names that the control plane's own certificate carries; proxies dial the first. */
const SERVER_NAMES = ["istiod.istio-system.svc", "istiod.istio-system.svc.cluster.local"];
const SERVER_LIFETIME_MS = 24 * 3_600_000;

/** Opens the CA and keeps the control plane's own certificate fresh until `resources` is disposed of. */
export async function openMeshIdentity(
  config: MeshIdentityConfig,
  resources: AsyncDisposableStack,
): Promise<MeshIdentity> {
  const { stateFolder, trustDomain, workloadCertificateLifetimeMs, clock, log } = config;
  const ca = await openCertificateAuthority({
    folder: join(stateFolder, "ca"),
    trustDomain,
    workloadLifetimeMs: workloadCertificateLifetimeMs,
    clock,
  });
  const tokenFolder = join(stateFolder, "run", "tokens");
  await mkdir(tokenFolder, { recursive: true, mode: 0o700 });
  const certificate = await openServerCertificate(
    { ca, dnsNames: SERVER_NAMES, lifetimeMs: SERVER_LIFETIME_MS, clock, log },
    (identity) => serverCredentials.renew(identity),
  );
  const serverCredentials = new RenewedCredentials(ca.rootCertificatePem, certificate.current);
  resources.defer(() => certificate.close());
  return { ca, root: new X509Certificate(ca.rootCertificatePem), tokenFolder, serverCredentials };
}
