import { createSecureContext, type SecureContextOptions, type SecureVersion } from "node:tls";
import {
  type TlsParameters,
  TlsParameters_TlsProtocol,
} from "@weft/api/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import { ConfigError, toError } from "@weft/core";

const VERSIONS: ReadonlyMap<TlsParameters_TlsProtocol, SecureVersion> = new Map([
  [TlsParameters_TlsProtocol.TLSv1_2, "TLSv1.2"],
  [TlsParameters_TlsProtocol.TLSv1_3, "TLSv1.3"],
]);

/** Versions, ciphers, curves and signatures; 1.2 to 1.3 by default. Throws `ConfigError`. */
export function readTlsParameters(
  params: TlsParameters | undefined,
  field: string,
): SecureContextOptions {
  const version = (value: TlsParameters_TlsProtocol | undefined, fallback: SecureVersion) => {
    if (value === undefined || value === TlsParameters_TlsProtocol.TLS_AUTO) return fallback;
    const named = VERSIONS.get(value);
    if (named === undefined) throw new ConfigError(field, "TLS below 1.2 is not supported");
    return named;
  };
  const options: SecureContextOptions = {
    minVersion: version(params?.tlsMinimumProtocolVersion, "TLSv1.2"),
    maxVersion: version(params?.tlsMaximumProtocolVersion, "TLSv1.3"),
    ...optionalList("ciphers", params?.cipherSuites ?? []),
    ...optionalList("ecdhCurve", params?.ecdhCurves ?? []),
    ...optionalList("sigalgs", params?.signatureAlgorithms ?? []),
  };
  if (options.minVersion === "TLSv1.3" && options.maxVersion === "TLSv1.2")
    throw new ConfigError(field, "the minimum version is above the maximum version");
  orConfigError(() => createSecureContext(options), field);
  return options;
}

/** BoringSSL's groups of equal preference, `[a|b]`, become an order. */
function optionalList(
  option: "ciphers" | "ecdhCurve" | "sigalgs",
  names: readonly string[],
): SecureContextOptions {
  if (names.length === 0) return {};
  return { [option]: names.join(":").replaceAll(/[[\]]/g, "").replaceAll("|", ":") };
}

/** OpenSSL's words name the kind of mistake, and hold nothing of a key. */
export function orConfigError<Value>(build: () => Value, field: string): Value {
  try {
    return build();
  } catch (thrown) {
    throw new ConfigError(field, `cannot be used: ${toError(thrown).message}`, { cause: thrown });
  }
}
