import { createPublicKey } from "node:crypto";
import { ConfigError, toError } from "@weft/core";
import { Pkcs10CertificateRequest, type PublicKey } from "./x509.ts";

/** A request for a P-384 or RSA-4096 key stays far below this. */
const MAX_PEM_BYTES = 16 * 1024;
const CURVES: ReadonlySet<string> = new Set(["prime256v1", "secp384r1"]);
const MIN_RSA_BITS = 2048;

/**
 * The public key of a PEM signing request, once the sender has proved to hold the private one (the
 * request is signed with it). Whatever else the request asks for is ignored. Throws `ConfigError`.
 */
export async function parseSigningRequest(pem: string): Promise<PublicKey> {
  if (pem.length > MAX_PEM_BYTES) throw new ConfigError("csr", "is larger than 16 KiB");
  let request: Pkcs10CertificateRequest;
  try {
    request = new Pkcs10CertificateRequest(pem);
  } catch (thrown) {
    throw refusal(`cannot be read: ${toError(thrown).message}`, thrown);
  }
  checkAlgorithm(request.publicKey);
  let isProved: boolean;
  try {
    isProved = await request.verify();
  } catch (thrown) {
    throw refusal(`its signature cannot be checked: ${toError(thrown).message}`, thrown);
  }
  if (!isProved) throw refusal("is not signed with the private key of the public key inside");
  return request.publicKey;
}

function checkAlgorithm(publicKey: PublicKey): void {
  const der = Buffer.from(publicKey.rawData);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  const { namedCurve = "", modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const isCurve = key.asymmetricKeyType === "ec" && CURVES.has(namedCurve);
  const isRsa = key.asymmetricKeyType === "rsa" && modulusLength >= MIN_RSA_BITS;
  if (!isCurve && !isRsa) {
    throw refusal("its key is neither ECDSA P-256 or P-384 nor RSA of 2048 bits or more");
  }
}

function refusal(rule: string, cause?: unknown): ConfigError {
  return new ConfigError("csr", rule, { cause });
}
