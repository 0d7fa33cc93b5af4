import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { ConfigError } from "@weft/core";
import { createTestAuthority } from "@weft/testing/end-to-end";
import { clientTls, inlineCertificate, inlineValidation, serverTls } from "./fixture/handshake.ts";

const authority = createTestAuthority();
const own = authority.issue("spiffe://cluster.local/ns/default/sa/bob");
const other = authority.issue("spiffe://cluster.local/ns/default/sa/carol");
const trustedCa = { inlineString: authority.rootPem };
const validation = (more: JsonObject): JsonObject => ({
  validationContext: { trustedCa, ...more },
});
const versions = (tlsMinimumProtocolVersion: string, tlsMaximumProtocolVersion: string) => ({
  tlsParams: { tlsMinimumProtocolVersion, tlsMaximumProtocolVersion },
});

/** What a client of this configuration is refused with. */
function refusal(common: JsonObject): ConfigError {
  try {
    clientTls(common).close();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  assert.fail("it was accepted");
}

describe("TLS configuration", () => {
  for (const [title, common] of [
    ["nothing", {}],
    ["a certificate", inlineCertificate(own)],
    ["roots", inlineValidation(authority.rootPem)],
    ["roots and names", inlineValidation(authority.rootPem, "spiffe://a/b")],
    ["a version", versions("TLSv1_3", "TLSv1_3")],
    ["automatic versions", versions("TLS_AUTO", "TLS_AUTO")],
    ["curves", { tlsParams: { ecdhCurves: ["X25519", "P-256"] } }],
    ["secrets to come", { tlsCertificateSdsSecretConfigs: [{ name: "default" }] }],
  ] satisfies [string, JsonObject][])
    test(`${title} is enough for a client`, () => clientTls(common).close());

  for (const [title, common, message] of [
    ["a broken key", inlineCertificate({ ...own, key: "KEY" }), /^client: cannot be used: /],
    ["the key of another", inlineCertificate({ ...own, key: other.key }), /key values mismatch/],
    ["no certificate", inlineCertificate({ ...own, cert: "" }), /holds no certificate/],
    ["no roots", inlineValidation(""), /trusted roots hold no certificate/],
    ["broken roots", inlineValidation("-----BEGIN CERTIFICATE-----\nAA"), /cannot be used/],
    [
      "names without roots",
      {
        validationContext: {
          matchTypedSubjectAltNames: [{ sanType: "URI", matcher: { exact: "x" } }],
        },
      },
      /^client\.trusted_ca: is required/,
    ],
    [
      "names without roots, the old way",
      { validationContext: { matchSubjectAltNames: [{ exact: "x" }] } },
      /^client\.trusted_ca: is required/,
    ],
    ["a pinned hash", validation({ verifyCertificateHash: ["ab"] }), /verify_certificate_hash/],
    ["a pinned key", validation({ verifyCertificateSpki: ["ab"] }), /verify_certificate_spki/],
    ["a revocation list", validation({ crl: { inlineString: "x" } }), /validation_context\.crl/],
    ["the system's roots", { validationContext: { systemRootCerts: {} } }, /system_root_certs/],
    ["expired peers", validation({ allowExpiredCertificate: true }), /allow_expired_certificate/],
    [
      "untrusted peers",
      validation({ trustChainVerification: "ACCEPT_UNTRUSTED" }),
      /trust_chain_verification/,
    ],
    [
      "a pinned hash beside roots to come",
      {
        combinedValidationContext: {
          defaultValidationContext: { verifyCertificateHash: ["ab"] },
          validationContextSdsSecretConfig: { name: "ROOTCA" },
        },
      },
      /verify_certificate_hash/,
    ],
    ["a file that is not there", inlineFile("/no/such/file"), /cannot read \/no\/such\/file/],
    ["an old version", versions("TLSv1_1", "TLSv1_3"), /TLS below 1\.2/],
    ["versions the wrong way round", versions("TLSv1_3", "TLSv1_2"), /minimum version is above/],
    ["a cipher that is none", { tlsParams: { cipherSuites: ["NOPE"] } }, /tls_params: .*no cipher/],
    ["a curve that is none", { tlsParams: { ecdhCurves: ["nope"] } }, /tls_params: .*curve/],
  ] satisfies [string, JsonObject, RegExp][])
    test(`${title} is refused`, () => {
      assert.match(refusal(common).message, message);
    });

  test("no refusal holds a byte of the key", () => {
    const lines = own.key.split("\n");
    const cut = own.key.replace(lines[1] ?? "", (lines[1] ?? "").slice(4));
    for (const key of ["SECRET", cut, `${own.key}SECRET`.replace("PRIVATE", "SECRET")]) {
      const { message } = refusal(inlineCertificate({ ...own, key }));
      for (const part of ["SECRET", ...lines.slice(1, -2)])
        assert(!message.includes(part), message);
    }
  });

  test("a server needs a certificate, and roots where it requires one of its clients", () => {
    assert.throws(() => serverTls({}), /a server needs a certificate/);
    assert.throws(
      () => serverTls(inlineCertificate(own), { requires: true }),
      /require_client_certificate: needs a validation context/,
    );
    serverTls({ ...inlineCertificate(own), ...inlineValidation(authority.rootPem) }).close();
  });
});

function inlineFile(filename: string): JsonObject {
  return { validationContext: { trustedCa: { filename } } };
}
