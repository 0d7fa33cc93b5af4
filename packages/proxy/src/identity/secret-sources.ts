import { readFileSync } from "node:fs";
import type { DataSource } from "@weft/api/envoy/config/core/v3/base_pb.js";
import type { Secret as SecretMessage } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import { ConfigError } from "@weft/core";
import type { Secret, SecretSource } from "../transport/secret-source.ts";
import { refuseUnsupportedValidation } from "../transport/tls-material.ts";

/** Asks each source in turn. */
export function combineSecretSources(sources: readonly SecretSource[]): SecretSource {
  return {
    get(name) {
      for (const source of sources) {
        const secret = source.get(name);
        if (secret !== undefined) return secret;
      }
      return undefined;
    },
    onChange(listener) {
      const unsubscribers = sources.map((source) => source.onChange(listener));
      return () => {
        for (const unsubscribe of unsubscribers) unsubscribe();
      };
    },
  };
}

/** The bootstrap's own secrets, read once. Throws `ConfigError`. */
export function createStaticSecrets(messages: readonly SecretMessage[]): SecretSource {
  const secrets = new Map(
    messages.map((message, index) => [
      message.name,
      parseSecret(message, `static_resources.secrets[${index}]`),
    ]),
  );
  return { get: (name) => secrets.get(name), onChange: () => () => {} };
}

function parseSecret({ type }: SecretMessage, field: string): Secret {
  switch (type.case) {
    case "tlsCertificate":
      return {
        kind: "certificate",
        certificateChainPem: readSource(type.value.certificateChain, `${field}.certificate_chain`),
        privateKeyPem: readSource(type.value.privateKey, `${field}.private_key`),
      };
    case "validationContext":
      refuseUnsupportedValidation(type.value, field);
      if (type.value.matchTypedSubjectAltNames.length + type.value.matchSubjectAltNames.length > 0)
        throw new ConfigError(field, "names are matched only by a context's own validation");
      return {
        kind: "validation",
        trustedCaPem: readSource(type.value.trustedCa, `${field}.trusted_ca`),
      };
    default:
      throw new ConfigError(field, `${type.case ?? "a secret without content"} is not supported`);
  }
}

function readSource(source: DataSource | undefined, field: string): string {
  switch (source?.specifier.case) {
    case "filename":
      return readFileSync(source.specifier.value, "utf8");
    case "inlineString":
      return source.specifier.value;
    case "inlineBytes":
      return Buffer.from(source.specifier.value).toString("utf8");
    default:
      throw new ConfigError(field, "must be a file or inline");
  }
}
