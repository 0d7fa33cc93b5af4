import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext, type SecureVersion } from "node:tls";
import type { DataSource } from "@weft/api/envoy/config/core/v3/base_pb.js";
import {
  type CertificateValidationContext,
  type TlsParameters,
  TlsParameters_TlsProtocol,
} from "@weft/api/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import type { CommonTlsContext } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { ConfigError } from "@weft/core";
import { compileSanMatcher, type SanMatcher } from "./san-matcher.ts";
import type { SecretSource } from "./secret-source.ts";

/** A TLS context of configuration, whose keys and roots may still be on their way. */
export interface TlsMaterial {
  readonly alpnProtocols: readonly string[];
  readonly acceptsSan: SanMatcher;
  /** The peer's certificate is checked. */
  readonly validatesPeer: boolean;
  /** Rebuilt when a secret it uses changes; `undefined` while one is missing. */
  current(): { readonly context: SecureContext; readonly certificateChainPem: string } | undefined;
  close(): void;
}

interface Part {
  readonly secretName: string | undefined;
  readonly inline: Inline | undefined;
}

type Inline =
  | {
      readonly kind: "certificate";
      readonly certificateChainPem: string;
      readonly privateKeyPem: string;
    }
  | { readonly kind: "validation"; readonly trustedCaPem: string };

const VERSIONS: ReadonlyMap<TlsParameters_TlsProtocol, SecureVersion> = new Map([
  [TlsParameters_TlsProtocol.TLSv1_2, "TLSv1.2"],
  [TlsParameters_TlsProtocol.TLSv1_3, "TLSv1.3"],
]);

/** Compiles the part that both directions share. `isServer` needs a certificate of its own. */
export function createTlsMaterial(
  common: CommonTlsContext | undefined,
  secrets: SecretSource,
  isServer: boolean,
  field: string,
): TlsMaterial {
  const certificate = readCertificate(common, field);
  const { validation, part } = readValidation(common, field);
  if (isServer && certificate === undefined)
    throw new ConfigError(field, "a server needs a certificate");
  const versions = readVersions(common?.tlsParams, field);
  const resolve = (wanted: Part | undefined): Inline | undefined =>
    wanted?.secretName === undefined ? wanted?.inline : secrets.get(wanted.secretName);
  let built: { context: SecureContext; certificateChainPem: string } | undefined;
  const unsubscribe = secrets.onChange((name) => {
    if (name === certificate?.secretName || name === part?.secretName) built = undefined;
  });
  return {
    alpnProtocols: common?.alpnProtocols ?? [],
    acceptsSan: compileSanMatcher(validation, `${field}.validation_context`),
    validatesPeer: part !== undefined,
    close: unsubscribe,
    current() {
      if (built !== undefined) return built;
      const own = resolve(certificate);
      const roots = resolve(part);
      if (certificate !== undefined && own?.kind !== "certificate") return undefined;
      if (part !== undefined && roots?.kind !== "validation") return undefined;
      built = {
        context: createSecureContext({
          ...versions,
          // Without one, OpenSSL refuses to resume sessions of verified clients.
          ...(isServer ? { sessionIdContext: "weft" } : {}),
          ...(own?.kind === "certificate"
            ? { cert: own.certificateChainPem, key: own.privateKeyPem }
            : {}),
          ...(roots?.kind === "validation" ? { ca: roots.trustedCaPem } : {}),
        }),
        certificateChainPem: own?.kind === "certificate" ? own.certificateChainPem : "",
      };
      return built;
    },
  };
}

function readCertificate(common: CommonTlsContext | undefined, field: string): Part | undefined {
  const [sds] = common?.tlsCertificateSdsSecretConfigs ?? [];
  if (sds !== undefined) return { secretName: sds.name, inline: undefined };
  const [inline] = common?.tlsCertificates ?? [];
  if (inline === undefined) return undefined;
  return {
    secretName: undefined,
    inline: {
      kind: "certificate",
      certificateChainPem: readData(inline.certificateChain, `${field}.certificate_chain`),
      privateKeyPem: readData(inline.privateKey, `${field}.private_key`),
    },
  };
}

function readValidation(
  common: CommonTlsContext | undefined,
  field: string,
): {
  readonly validation: CertificateValidationContext | undefined;
  readonly part: Part | undefined;
} {
  const type = common?.validationContextType;
  switch (type?.case) {
    case undefined:
      return { validation: undefined, part: undefined };
    case "validationContext":
      return { validation: type.value, part: inlineRoots(type.value, field) };
    case "validationContextSdsSecretConfig":
      return { validation: undefined, part: { secretName: type.value.name, inline: undefined } };
    case "combinedValidationContext": {
      const validation = type.value.defaultValidationContext;
      const sds = type.value.validationContextSdsSecretConfig;
      const part =
        sds === undefined
          ? inlineRoots(validation, field)
          : { secretName: sds.name, inline: undefined };
      return { validation, part };
    }
    default:
      throw new ConfigError(`${field}.${type?.case}`, "is not supported");
  }
}

function inlineRoots(
  validation: CertificateValidationContext | undefined,
  field: string,
): Part | undefined {
  if (validation?.trustedCa === undefined) return undefined;
  const trustedCaPem = readData(validation.trustedCa, `${field}.trusted_ca`);
  return { secretName: undefined, inline: { kind: "validation", trustedCaPem } };
}

function readVersions(
  params: TlsParameters | undefined,
  field: string,
): { minVersion: SecureVersion; maxVersion: SecureVersion; ciphers?: string } {
  const version = (value: TlsParameters_TlsProtocol | undefined, fallback: SecureVersion) => {
    if (value === undefined || value === TlsParameters_TlsProtocol.TLS_AUTO) return fallback;
    const named = VERSIONS.get(value);
    if (named === undefined) throw new ConfigError(field, "TLS below 1.2 is not supported");
    return named;
  };
  return {
    minVersion: version(params?.tlsMinimumProtocolVersion, "TLSv1.2"),
    maxVersion: version(params?.tlsMaximumProtocolVersion, "TLSv1.3"),
  };
}

function readData(source: DataSource | undefined, field: string): string {
  switch (source?.specifier.case) {
    case "inlineString":
      return source.specifier.value;
    case "inlineBytes":
      return Buffer.from(source.specifier.value).toString();
    case "filename":
      return readFile(source.specifier.value, field);
    default:
      throw new ConfigError(field, "must be a file or inline");
  }
}

function readFile(path: string, field: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error: unknown) {
    throw new ConfigError(field, `cannot read ${path}`, { cause: error });
  }
}
