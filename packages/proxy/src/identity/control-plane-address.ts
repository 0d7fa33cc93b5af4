import { readFileSync } from "node:fs";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type ChannelCredentials, type ChannelOptions, credentials } from "@grpc/grpc-js";
import type { Bootstrap } from "@weft/api/envoy/config/bootstrap/v3/bootstrap_pb.js";
import type { Cluster } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { CertificateValidationContext } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import { UpstreamTlsContextSchema } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { ConfigError } from "@weft/core";
import type { SecretSource } from "../transport/secret-source.ts";
import { formatAddress, parseAddress } from "../upstream/upstream-address.ts";

/** How to reach the control plane, from the bootstrap's `ads_config` and the cluster it names. */
export interface ControlPlaneAddress {
  /** gRPC target. */
  readonly target: string;
  readonly mode: "delta" | "sotw";
  /** `undefined`: plain text. */
  readonly tls: ControlPlaneTls | undefined;
}

/** Whom to believe, and by which name. */
export interface ControlPlaneTls {
  /** Expected in the server's certificate; an IP address that is dialled need not be. */
  readonly serverName: string;
  /** PEM of the roots, read anew for each connection so that a replaced file is seen. */
  readonly readRoots: () => Buffer;
  /** Name of the client certificate's secret; `undefined`: none is shown. */
  readonly certificateName: string | undefined;
}

// envoy.config.core.v3.ApiConfigSource.ApiType
const GRPC = 2;
const DELTA_GRPC = 3;

/** Reads it; `undefined` when the bootstrap has no ADS. */
export function parseControlPlaneAddress(bootstrap: Bootstrap): ControlPlaneAddress | undefined {
  const ads = bootstrap.dynamicResources?.adsConfig;
  if (ads === undefined) return undefined;
  const field = "dynamic_resources.ads_config";
  if (ads.apiType !== GRPC && ads.apiType !== DELTA_GRPC)
    throw new ConfigError(`${field}.api_type`, "must be GRPC or DELTA_GRPC");
  const service = ads.grpcServices[0]?.targetSpecifier;
  if (service?.case !== "envoyGrpc")
    throw new ConfigError(`${field}.grpc_services[0].envoy_grpc`, "is required");
  const { clusterName } = service.value;
  const cluster = bootstrap.staticResources?.clusters.find(({ name }) => name === clusterName);
  if (cluster === undefined)
    throw new ConfigError(
      `${field}.grpc_services[0].envoy_grpc.cluster_name`,
      `there is no static cluster "${clusterName}"`,
    );
  return {
    target: parseTarget(cluster),
    mode: ads.apiType === DELTA_GRPC ? "delta" : "sotw",
    tls: parseTls(cluster),
  };
}

/** Credentials of one connection, with the certificate as it is now. Throws when it is missing. */
export function toChannelCredentials(
  { tls }: ControlPlaneAddress,
  secrets: SecretSource | undefined,
): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { certificateName } = tls;
  const secret = certificateName === undefined ? undefined : secrets?.get(certificateName);
  if (secret?.kind !== "certificate") return credentials.createSsl(tls.readRoots());
  return credentials.createSsl(
    tls.readRoots(),
    Buffer.from(secret.privateKeyPem),
    Buffer.from(secret.certificateChainPem),
  );
}

/** Channel options that dial an address by the name in the server's certificate. */
export function toChannelOptions({ tls }: ControlPlaneAddress): ChannelOptions {
  if (tls === undefined) return {};
  return {
    "grpc.ssl_target_name_override": tls.serverName,
    "grpc.default_authority": tls.serverName,
  };
}

function parseTarget(cluster: Cluster): string {
  const field = `static_resources.clusters["${cluster.name}"]`;
  const identifier = cluster.loadAssignment?.endpoints[0]?.lbEndpoints[0]?.hostIdentifier;
  if (identifier?.case !== "endpoint")
    throw new ConfigError(`${field}.load_assignment`, "must have an endpoint");
  const address = parseAddress(identifier.value.address, `${field}.load_assignment`);
  return address.kind === "pipe" ? `unix:${address.path}` : formatAddress(address);
}

function parseTls(cluster: Cluster): ControlPlaneTls | undefined {
  const any = cluster.transportSocket?.configType.value;
  if (any === undefined) return undefined;
  const field = `static_resources.clusters["${cluster.name}"].transport_socket`;
  const context = anyUnpack(any, UpstreamTlsContextSchema);
  if (context === undefined) throw new ConfigError(field, `${any.typeUrl} is not supported here`);
  const common = context.commonTlsContext;
  const validation = common?.validationContextType;
  if (validation?.case !== "validationContext")
    throw new ConfigError(
      `${field}.common_tls_context.validation_context`,
      "is required: the control plane is believed by roots from a file",
    );
  return {
    serverName: serverName(validation.value) ?? context.sni,
    readRoots: rootReader(validation.value, `${field}.common_tls_context.validation_context`),
    certificateName: common?.tlsCertificateSdsSecretConfigs[0]?.name,
  };
}

function serverName(validation: CertificateValidationContext): string | undefined {
  for (const { matcher } of validation.matchTypedSubjectAltNames)
    if (matcher?.matchPattern.case === "exact") return matcher.matchPattern.value;
  return undefined;
}

function rootReader(validation: CertificateValidationContext, field: string): () => Buffer {
  const source = validation.trustedCa?.specifier;
  switch (source?.case) {
    case "filename":
      return () => readFileSync(source.value);
    case "inlineString":
      return () => Buffer.from(source.value);
    case "inlineBytes":
      return () => Buffer.from(source.value);
    default:
      throw new ConfigError(`${field}.trusted_ca`, "must be a file or inline");
  }
}
