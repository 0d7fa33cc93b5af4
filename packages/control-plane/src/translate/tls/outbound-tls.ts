import { create } from "@bufbuild/protobuf";
import {
  type TransportSocket,
  TransportSocketSchema,
} from "@weft/api/envoy/config/core/v3/base_pb.js";
import { RawBufferSchema } from "@weft/api/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.js";
import { UpstreamTlsContextSchema } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { buildExtension } from "../message/any.ts";
import { fileCertificate, fileValidation } from "./file-certificate.ts";
import { type PeerName, peerValidation } from "./peer-validation.ts";
import { agentSecret, SECRET } from "./secret.ts";
import { externalTlsParams, meshTlsParams } from "./tls-params.ts";

/** What a caller presents and expects when it speaks mutual TLS to another sidecar. */
export interface OutboundMutualTls {
  readonly sni: string;
  /** Identities of the destination's workloads. None known: any of the trust domain. */
  readonly spiffeIds: readonly string[];
  readonly trustDomain: string;
  readonly speaksHttp2: boolean;
}

/** Mutual TLS as the caller speaks it. ALPN `istio` tells the callee's listener that a sidecar calls. */
export function outboundMutualTls(options: OutboundMutualTls): TransportSocket {
  const names = options.spiffeIds.map(peerName);
  const anyOfDomain: PeerName = { kind: "uriPrefix", prefix: `spiffe://${options.trustDomain}/` };
  return create(
    TransportSocketSchema,
    buildExtension("envoy.transport_sockets.tls", UpstreamTlsContextSchema, {
      sni: options.sni,
      commonTlsContext: {
        tlsParams: meshTlsParams(),
        alpnProtocols: options.speaksHttp2 ? ["istio", "h2"] : ["istio"],
        tlsCertificateSdsSecretConfigs: [agentSecret(SECRET.workloadCertificate)],
        validationContextType: {
          case: "combinedValidationContext",
          value: peerValidation(SECRET.meshRoots, names.length > 0 ? names : [anyOfDomain]),
        },
      },
    }),
  );
}

/** TLS towards a server outside the mesh (DestinationRule `tls.mode: SIMPLE` and `MUTUAL`). */
export interface OutboundFileTls {
  /** Empty: none is sent. */
  readonly sni: string;
  readonly subjectAltNames: readonly string[];
  /** A PEM file; empty or `system`: the machine's own roots. */
  readonly caCertificates: string;
  /** PEM files; empty: no certificate is presented. */
  readonly clientCertificate: string;
  readonly privateKey: string;
  readonly speaksHttp2: boolean;
  readonly skipVerification: boolean;
}

/** Builds what {@link OutboundFileTls} says. */
export function outboundFileTls(options: OutboundFileTls): TransportSocket {
  const { sni, clientCertificate, privateKey, speaksHttp2 } = options;
  return create(
    TransportSocketSchema,
    buildExtension("envoy.transport_sockets.tls", UpstreamTlsContextSchema, {
      sni,
      commonTlsContext: {
        tlsParams: externalTlsParams(),
        alpnProtocols: speaksHttp2 ? ["h2"] : [],
        tlsCertificates:
          clientCertificate === "" ? [] : [fileCertificate(clientCertificate, privateKey)],
        ...(options.skipVerification ? {} : verification(options)),
      },
    }),
  );
}

/** Plain text, said explicitly where a choice between sockets is configured. */
export function plainTextSocket(): TransportSocket {
  return create(
    TransportSocketSchema,
    buildExtension("envoy.transport_sockets.raw_buffer", RawBufferSchema),
  );
}

function verification({ caCertificates, subjectAltNames }: OutboundFileTls) {
  const names = subjectAltNames.map(peerName);
  return {
    validationContextType: {
      case: "validationContext",
      value: fileValidation(caCertificates, names),
    } as const,
  };
}

function peerName(name: string): PeerName {
  return name.startsWith("spiffe://") ? { kind: "uri", uri: name } : { kind: "dns", name };
}
