import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import type { DataSource } from "@weft/api/envoy/config/core/v3/base_pb.js";
import type { CertificateValidationContext } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import type { CommonTlsContext } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { ConfigError, toError } from "@weft/core";
import { compileSanMatcher, type SanMatcher } from "./san-matcher.ts";
import type { SecretSource } from "./secret-source.ts";
import { orConfigError, readTlsParameters } from "./tls-parameters.ts";

/** A TLS context of configuration, whose keys and roots may still be on their way. */
export interface TlsMaterial {
  readonly alpnProtocols: readonly string[];
  readonly acceptedSans: SanMatcher;
  /** The peer's certificate is checked. */
  readonly validatesPeer: boolean;
  /**
   * Rebuilt when a secret it uses changes. A secret that cannot be used leaves the one before it in
   * place; an error says why there is none yet.
   */
  current(): TlsContext | Error;
  close(): void;
}

/** What a handshake needs. */
export interface TlsContext {
  readonly context: SecureContext;
  readonly certificateChainPem: string;
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
  const parameters = readTlsParameters(common?.tlsParams, `${field}.tls_params`);
  const acceptedSans = compileSanMatcher(validation, `${field}.validation_context`);
  const resolve = (wanted: Part | undefined): Inline | undefined =>
    wanted?.secretName === undefined ? wanted?.inline : secrets.get(wanted.secretName);
  const build = (): TlsContext => {
    const own = resolve(certificate);
    const roots = resolve(part);
    if (certificate !== undefined && own?.kind !== "certificate")
      throw new Error("certificate has not arrived yet");
    if (part !== undefined && roots?.kind !== "validation")
      throw new Error("trusted roots have not arrived yet");
    return buildContext(own, roots, { ...parameters, ...(isServer ? RESUMPTION : {}) });
  };
  let last: TlsContext | undefined;
  let isStale = true;
  // What stands in the configuration itself is refused with it, not at the first handshake.
  if (certificate?.secretName === undefined && part?.secretName === undefined) {
    last = orConfigError(build, field);
    isStale = false;
  }
  const unsubscribe = secrets.onChange((name) => {
    if (name === certificate?.secretName || name === part?.secretName) isStale = true;
  });
  return {
    alpnProtocols: common?.alpnProtocols ?? [],
    acceptedSans,
    validatesPeer: part !== undefined,
    close: unsubscribe,
    current() {
      if (last !== undefined && !isStale) return last;
      try {
        last = build();
        isStale = false;
        return last;
      } catch (thrown) {
        return last ?? toError(thrown);
      }
    },
  };
}

/** Without it, OpenSSL refuses to resume sessions of verified clients. */
const RESUMPTION: SecureContextOptions = { sessionIdContext: "weft" };

function buildContext(
  own: Inline | undefined,
  roots: Inline | undefined,
  options: SecureContextOptions,
): TlsContext {
  const pair = own?.kind === "certificate" ? own : undefined;
  const certificateChainPem = pair?.certificateChainPem ?? "";
  // Node would trust all public authorities when given nothing, and nobody when given garbage.
  if (roots?.kind === "validation" && !PEM_CERTIFICATE.test(roots.trustedCaPem))
    throw new Error("trusted roots hold no certificate");
  if (roots?.kind === "validation") new X509Certificate(roots.trustedCaPem);
  if (pair !== undefined && !PEM_CERTIFICATE.test(certificateChainPem))
    throw new Error("certificate chain holds no certificate");
  const context = createSecureContext({
    ...options,
    ...(pair === undefined ? {} : { cert: certificateChainPem, key: pair.privateKeyPem }),
    ...(roots?.kind === "validation" ? { ca: roots.trustedCaPem } : {}),
  });
  return { context, certificateChainPem };
}

const PEM_CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/;

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
      refuseUnsupportedValidation(type.value, `${field}.validation_context`);
      return { validation: type.value, part: inlineRoots(type.value, field) };
    case "validationContextSdsSecretConfig":
      return { validation: undefined, part: { secretName: type.value.name, inline: undefined } };
    case "combinedValidationContext": {
      const validation = type.value.defaultValidationContext;
      refuseUnsupportedValidation(validation, `${field}.validation_context`);
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
  if (validation?.trustedCa === undefined) {
    const names = validation?.matchTypedSubjectAltNames.length ?? 0;
    if (names + (validation?.matchSubjectAltNames.length ?? 0) === 0) return undefined;
    throw new ConfigError(`${field}.trusted_ca`, "is required: anyone can write down any name");
  }
  const trustedCaPem = readData(validation.trustedCa, `${field}.trusted_ca`);
  return { secretName: undefined, inline: { kind: "validation", trustedCaPem } };
}

/** Whatever would narrow down who is trusted, and is not done here, must not be left out silently. */
export function refuseUnsupportedValidation(
  validation: CertificateValidationContext | undefined,
  field: string,
): void {
  if (validation === undefined) return;
  const refused: Readonly<Record<string, boolean>> = {
    ca_certificate_provider_instance: validation.caCertificateProviderInstance !== undefined,
    system_root_certs: validation.systemRootCerts !== undefined,
    verify_certificate_spki: validation.verifyCertificateSpki.length > 0,
    verify_certificate_hash: validation.verifyCertificateHash.length > 0,
    require_signed_certificate_timestamp: validation.requireSignedCertificateTimestamp === true,
    crl: validation.crl !== undefined,
    allow_expired_certificate: validation.allowExpiredCertificate,
    trust_chain_verification: validation.trustChainVerification !== 0,
    custom_validator_config: validation.customValidatorConfig !== undefined,
    max_verify_depth: validation.maxVerifyDepth !== undefined,
  };
  for (const [name, isSet] of Object.entries(refused))
    if (isSet) throw new ConfigError(`${field}.${name}`, "is not supported");
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
