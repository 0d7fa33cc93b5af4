import { create } from "@bufbuild/protobuf";
import {
  type TransportSocket,
  TransportSocketSchema,
} from "@weft/api/envoy/config/core/v3/base_pb.js";
import { DownstreamTlsContextSchema } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { buildExtension } from "../message/any.ts";
import { peerValidation } from "./peer-validation.ts";
import { agentSecret, SECRET } from "./secret.ts";
import { meshTlsParams } from "./tls-params.ts";

/** Mutual TLS as the callee speaks it: any workload of the trust domain may connect; policy decides the rest. */
export function inboundMutualTls(trustDomain: string): TransportSocket {
  return create(
    TransportSocketSchema,
    buildExtension("envoy.transport_sockets.tls", DownstreamTlsContextSchema, {
      requireClientCertificate: true,
      commonTlsContext: {
        tlsParams: meshTlsParams(),
        alpnProtocols: ["h2", "http/1.1"],
        tlsCertificateSdsSecretConfigs: [agentSecret(SECRET.workloadCertificate)],
        validationContextType: {
          case: "combinedValidationContext",
          value: peerValidation(SECRET.meshRoots, [
            { kind: "uriPrefix", prefix: `spiffe://${trustDomain}/` },
          ]),
        },
      },
    }),
  );
}
