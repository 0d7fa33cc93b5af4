import { generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";

/** A fresh key, and the request for its certificate. The key exists in this process's memory only. */
export interface WorkloadKey {
  readonly privateKeyPem: string;
  readonly csrPem: string;
}

const generate = promisify(generateKeyPair);

/**
 * Makes an ECDSA P-256 key and a CSR. The CSR names nobody: the CA signs for the identity that the
 * caller proved, whatever is asked.
 */
export async function createWorkloadKey(): Promise<WorkloadKey> {
  const { privateKey, publicKey } = await generate("ec", { namedCurve: "prime256v1" });
  return {
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    csrPem: toPem("CERTIFICATE REQUEST", buildSigningRequest(privateKey, publicKey)),
  };
}

// DER tags, X.690 §8.
const INTEGER_0 = Buffer.from([0x02, 0x01, 0x00]);
const SEQUENCE = 0x30;
const BIT_STRING = 0x03;
/** `[0] IMPLICIT SET OF Attribute`, without any. */
const NO_ATTRIBUTES = Buffer.from([0xa0, 0x00]);
/** SEQUENCE { ecdsa-with-SHA256 }, RFC 5758 §3.2. */
const ECDSA_WITH_SHA256 = Buffer.from("300a06082a8648ce3d040302", "hex");

/**
 * A PKCS #10 request, RFC 2986 §4.2, by hand: a request that says nothing but the key is so small
 * that an ASN.1 library would only cost every sidecar its memory.
 *
 *   SEQUENCE { SEQUENCE { version 0, subject {}, subjectPublicKeyInfo, [0] {} },
 *              ecdsa-with-SHA256, BIT STRING signature }
 */
function buildSigningRequest(privateKey: KeyObject, publicKey: KeyObject): Buffer {
  const publicKeyInfo = publicKey.export({ type: "spki", format: "der" });
  const info = der(SEQUENCE, INTEGER_0, der(SEQUENCE), publicKeyInfo, NO_ATTRIBUTES);
  const signature = sign("sha256", info, privateKey);
  const unusedBits = Buffer.from([0]);
  return der(SEQUENCE, info, ECDSA_WITH_SHA256, der(BIT_STRING, unusedBits, signature));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : [0x82, length >>> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function toPem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
