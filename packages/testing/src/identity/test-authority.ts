import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bitString,
  booleanTrue,
  type Der,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  time,
  toPem,
  utf8String,
} from "./der.ts";

const ECDSA_WITH_SHA256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const COMMON_NAME = objectIdentifier("2.5.4.3");
const SUBJECT_ALTERNATIVE_NAME = objectIdentifier("2.5.29.17");
const BASIC_CONSTRAINTS = objectIdentifier("2.5.29.19");
const EXTENDED_KEY_USAGE = objectIdentifier("2.5.29.37");
const SERVER_AND_CLIENT = sequence(
  objectIdentifier("1.3.6.1.5.5.7.3.1"),
  objectIdentifier("1.3.6.1.5.5.7.3.2"),
);

/** What a peer shows in a TLS handshake, as `node:tls` takes it. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of the test's own, which no mesh trusts unless told to. */
export interface TestAuthority {
  readonly rootPem: string;
  /** A leaf for client and server with these URIs, such as `spiffe://elsewhere/ns/a/sa/b`. */
  issue(...uris: readonly string[]): Credentials;
}

/** A fresh P-256 key pair. */
export function createKeyPair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/** The PKCS #8 form of a private key. */
export function privateKeyPem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** A PKCS #10 request for `publicKey` that asks for no name, as a sidecar's does. */
export function signingRequestPem(publicKey: KeyObject, privateKey: KeyObject): string {
  const info = sequence(
    integer(Buffer.from([0])),
    sequence(),
    publicKeyDer(publicKey),
    tagged(0xa0),
  );
  return toPem("CERTIFICATE REQUEST", signed(info, privateKey));
}

/** Makes a root with a fresh key. */
export function createTestAuthority(): TestAuthority {
  const { publicKey, privateKey } = createKeyPair();
  const issuer = sequence(set(sequence(COMMON_NAME, utf8String("elsewhere.example.com"))));
  const root = certificate(issuer, issuer, publicKey, privateKey, [
    extension(BASIC_CONSTRAINTS, sequence(booleanTrue)),
  ]);
  return {
    rootPem: toPem("CERTIFICATE", root),
    issue(...uris) {
      const keys = createKeyPair();
      const names = sequence(...uris.map((uri) => tagged(0x86, Buffer.from(uri))));
      const leaf = certificate(issuer, sequence(), keys.publicKey, privateKey, [
        extension(SUBJECT_ALTERNATIVE_NAME, names),
        extension(EXTENDED_KEY_USAGE, SERVER_AND_CLIENT),
      ]);
      return { cert: toPem("CERTIFICATE", leaf), key: privateKeyPem(keys.privateKey) };
    },
  };
}

/** RFC 5280 §4.1, valid from a minute ago for an hour. */
function certificate(
  issuer: Der,
  subject: Der,
  publicKey: KeyObject,
  signingKey: KeyObject,
  extensions: readonly Der[],
): Der {
  const nowMs = Date.now();
  const version3 = tagged(0xa0, integer(Buffer.from([2])));
  const serial = integer(Buffer.concat([Buffer.from([1]), randomBytes(15)]));
  const validity = sequence(time(nowMs - 60_000), time(nowMs + 3_600_000));
  const body = sequence(
    ...[version3, serial, ECDSA_WITH_SHA256, issuer, validity, subject, publicKeyDer(publicKey)],
    tagged(0xa3, sequence(...extensions)),
  );
  return signed(body, signingKey);
}

/** Every extension here is critical: a peer that does not know it must refuse. */
function extension(name: Der, value: Der): Der {
  return sequence(name, booleanTrue, octetString(value));
}

function signed(body: Der, key: KeyObject): Der {
  return sequence(body, ECDSA_WITH_SHA256, bitString(sign("sha256", body, key)));
}

function publicKeyDer(key: KeyObject): Der {
  return key.export({ type: "spki", format: "der" });
}
