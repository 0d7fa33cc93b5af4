import { webcrypto } from "node:crypto";
import type { Clock, Log, Timer } from "@weft/core";
import { toError } from "@weft/core";
import type { CertificateAuthority } from "./certificate-authority.ts";
import { PemConverter, PublicKey } from "./x509.ts";

/** A certificate and its key as TLS servers take them. */
export interface ServerIdentity {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** What {@link openServerCertificate} needs. */
export interface ServerCertificateConfig {
  readonly ca: CertificateAuthority;
  readonly dnsNames: readonly string[];
  readonly lifetimeMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** The control plane's own certificate, which never expires while it runs. */
export interface ServerCertificate {
  readonly current: ServerIdentity;
  close(): void;
}

/** After a failed renewal half the life remains; there is time for several attempts. */
const RETRY_FRACTION = 1 / 10;

/** Makes a certificate, and a new one with a new key at each half of its life, told to `onRenew`. */
export async function openServerCertificate(
  config: ServerCertificateConfig,
  onRenew: (identity: ServerIdentity) => void,
): Promise<ServerCertificate> {
  const { lifetimeMs, clock, log } = config;
  let current = await issue(config);
  let isClosed = false;
  let timer: Timer;

  const renew = async () => {
    let nextInMs = lifetimeMs / 2;
    try {
      current = await issue(config);
      if (!isClosed) onRenew(current);
    } catch (thrown) {
      nextInMs = lifetimeMs * RETRY_FRACTION;
      log.error("cannot renew the control plane's own certificate", {
        reason: toError(thrown).message,
      });
    }
    if (!isClosed) arm(nextInMs);
  };
  const arm = (delayMs: number) => {
    timer = clock.schedule(delayMs, () => void renew(), { unref: true });
  };
  arm(lifetimeMs / 2);

  return {
    get current() {
      return current;
    },
    close() {
      isClosed = true;
      timer.cancel();
    },
  };
}

async function issue(config: ServerCertificateConfig): Promise<ServerIdentity> {
  const { ca, dnsNames, lifetimeMs } = config;
  const { subtle } = webcrypto;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const publicKey = new PublicKey(await subtle.exportKey("spki", keys.publicKey));
  const leafPem = await ca.signServer({ publicKey, dnsNames, lifetimeMs });
  const pkcs8 = await subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificatePem: leafPem,
    privateKeyPem: PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag),
  };
}
