import { create } from "@bufbuild/protobuf";
import {
  type TransportSocket,
  TransportSocketSchema,
} from "@weft/api/envoy/config/core/v3/base_pb.js";
import { TlsParameters_TlsProtocol } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import { DownstreamTlsContextSchema } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import type { GatewayServer, ServerTls } from "../../model/gateway.ts";
import { buildExtension } from "../message/any.ts";
import { fileCertificate, fileValidation } from "./file-certificate.ts";
import { inboundMutualTls } from "./inbound-tls.ts";
import type { PeerName } from "./peer-validation.ts";

const PROTOCOL: Readonly<
  Record<NonNullable<ServerTls["minProtocolVersion"]>, TlsParameters_TlsProtocol>
> = {
  TLSV1_2: TlsParameters_TlsProtocol.TLSv1_2,
  TLSV1_3: TlsParameters_TlsProtocol.TLSv1_3,
};

/** How a gateway's server ends TLS: with the user's files, or with the mesh's own identity. */
export function gatewayServerTls(
  { tls, port }: GatewayServer,
  trustDomain: string,
): TransportSocket {
  if (tls === undefined || tls.mode === "ISTIO_MUTUAL") return inboundMutualTls(trustDomain);
  const isHttp = port.protocol === "HTTPS";
  return create(
    TransportSocketSchema,
    buildExtension("envoy.transport_sockets.tls", DownstreamTlsContextSchema, {
      requireClientCertificate: tls.mode === "MUTUAL",
      commonTlsContext: {
        ...protocolVersions(tls),
        alpnProtocols: isHttp ? ["h2", "http/1.1"] : [],
        tlsCertificates: [fileCertificate(tls.serverCertificate, tls.privateKey)],
        ...(tls.mode === "MUTUAL" ? clientVerification(tls) : {}),
      },
    }),
  );
}

/** What the user does not say, the proxy decides: 1.2 to 1.3. */
function protocolVersions({ minProtocolVersion: min, maxProtocolVersion: max }: ServerTls) {
  if (min === undefined && max === undefined) return {};
  return {
    tlsParams: {
      ...(min === undefined ? {} : { tlsMinimumProtocolVersion: PROTOCOL[min] }),
      ...(max === undefined ? {} : { tlsMaximumProtocolVersion: PROTOCOL[max] }),
    },
  };
}

function clientVerification({ caCertificates, subjectAltNames }: ServerTls) {
  const names = subjectAltNames.map(
    (name): PeerName => (name.includes("://") ? { kind: "uri", uri: name } : { kind: "dns", name }),
  );
  return {
    validationContextType: {
      case: "validationContext",
      value: fileValidation(caCertificates, names),
    } as const,
  };
}
