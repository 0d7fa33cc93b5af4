import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { SecretSchema } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import { ConfigError } from "@weft/core";
import { createTestAuthority } from "@weft/testing/end-to-end";
import { createSettableSecrets } from "../transport/settable-secrets.ts";
import { combineSecretSources, createStaticSecrets } from "./secret-sources.ts";

const staticSecrets = (...secrets: JsonObject[]) =>
  createStaticSecrets(secrets.map((json) => fromJson(SecretSchema, json)));

const text = (inlineString: string): JsonObject => ({ inlineString });
const pair = { certificateChain: text("chain"), privateKey: text("key") };

describe("static secrets", () => {
  test("are certificates and roots, by name", () => {
    const source = staticSecrets(
      { name: "own", tlsCertificate: pair },
      { name: "roots", validationContext: { trustedCa: { inlineBytes: "cm9vdHM=" } } },
    );
    assert.deepEqual(source.get("own"), {
      kind: "certificate",
      certificateChainPem: "chain",
      privateKeyPem: "key",
    });
    assert.deepEqual(source.get("roots"), { kind: "validation", trustedCaPem: "roots" });
    assert.equal(source.get("other"), undefined);
  });

  for (const [title, secret, field] of [
    ["a secret without content", {}, "static_resources.secrets[0]"],
    ["a kind that is not supported", { genericSecret: {} }, "static_resources.secrets[0]"],
    [
      "a certificate without key",
      { tlsCertificate: { certificateChain: text("chain") } },
      "static_resources.secrets[0].private_key",
    ],
    [
      "roots from the environment",
      { validationContext: { trustedCa: { environmentVariable: "ROOTS" } } },
      "static_resources.secrets[0].trusted_ca",
    ],
    [
      "names that would be ignored",
      { validationContext: { trustedCa: text("x"), matchSubjectAltNames: [{ exact: "a" }] } },
      "static_resources.secrets[0]",
    ],
    [
      "a revocation list that would be ignored",
      { validationContext: { trustedCa: text("x"), crl: text("y") } },
      "static_resources.secrets[0].crl",
    ],
  ] satisfies [string, JsonObject, string][])
    test(`${title} is refused at ${field}`, () => {
      assert.throws(
        () => staticSecrets({ name: "x", ...secret }),
        (error) => error instanceof ConfigError && error.field === field,
      );
    });
});

describe("combined sources", () => {
  test("the first that has a secret gives it, and changes of each are told", () => {
    const mesh = createTestAuthority();
    const first = createSettableSecrets(mesh.issue("spiffe://a"), mesh.rootPem);
    const second = createSettableSecrets(mesh.issue("spiffe://b"), mesh.rootPem);
    const combined = combineSecretSources([first, second]);
    assert.equal(combined.get("default"), first.get("default"));
    const changes: string[] = [];
    const stop = combined.onChange((name) => changes.push(name));
    second.set("more", { kind: "validation", trustedCaPem: "x" });
    assert.equal(combined.get("more"), second.get("more"));
    stop();
    first.set("default", { kind: "validation", trustedCaPem: "x" });
    assert.deepEqual(changes, ["more"]);
  });
});
