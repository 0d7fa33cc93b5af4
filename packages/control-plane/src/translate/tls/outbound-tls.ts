import { create } from "@bufbuild/protobuf";
import {
  type TransportSocket,
  TransportSocketSchema,
} from "@weft/api/envoy/config/core/v3/base_pb.js";
import { RawBufferSchema } from "@weft/api/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.js";
import { UpstreamTlsContextSchema } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { buildExtension } from "../message/any.ts";
import { type PeerName, peerValidation } from "./peer-validation.ts";
import { agentSecret, SECRET } from "./secret.ts";
import { externalTlsParams, meshTlsParams } from "./tls-params.ts";

/** What a caller presents and expects when it speaks mutual TLS to another sidecar. */
export interface OutboundMutualTls {
  readonly sni: string;
  /** Identities of the destination's workloads. None known: none is accepted beyond the mesh's own roots. */
  readonly spiffeIds: readonly string[];
  readonly speaksHttp2: boolean;
}

/** Mutual TLS as the caller speaks it. ALPN `istio` tells the callee's listener that a sidecar calls. */
export function outboundMutualTls(options: OutboundMutualTls): TransportSocket {
  const names = options.spiffeIds.map((uri): PeerName => ({ kind: "uri", uri }));
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
          value: peerValidation(SECRET.meshRoots, names),
        },
      },
    }),
  );
}

/** TLS towards a server outside the mesh (DestinationRule `tls.mode: SIMPLE`). */
export interface OutboundSimpleTls {
  readonly sni: string | undefined;
  readonly subjectAltNames: readonly string[];
  /** A file of certificates; the system's own roots when absent. */
  readonly caCertificates: string | undefined;
  readonly speaksHttp2: boolean;
  readonly skipVerification: boolean;
}

/** Builds what {@link OutboundSimpleTls} says. */
export function outboundSimpleTls(options: OutboundSimpleTls): TransportSocket {
  const names = options.subjectAltNames.map((name): PeerName => ({ kind: "dns", name }));
  const root = `file-root:${options.caCertificates ?? "system"}`;
  return create(
    TransportSocketSchema,
    buildExtension("envoy.transport_sockets.tls", UpstreamTlsContextSchema, {
      ...(options.sni === undefined ? {} : { sni: options.sni }),
      commonTlsContext: {
        tlsParams: externalTlsParams(),
        alpnProtocols: options.speaksHttp2 ? ["h2"] : [],
        ...(options.skipVerification
          ? {}
          : {
              validationContextType: {
                case: "combinedValidationContext",
                value: peerValidation(root, names),
              },
            }),
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
