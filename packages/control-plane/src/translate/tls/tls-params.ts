import { create } from "@bufbuild/protobuf";
import {
  type TlsParameters,
  TlsParameters_TlsProtocol,
  TlsParametersSchema,
} from "@weft/api/envoy/extensions/transport_sockets/tls/v3/common_pb.js";

/** Between proxies of the mesh nothing below TLS 1.3 is spoken (istiod still allows 1.2). */
export function meshTlsParams(): TlsParameters {
  return create(TlsParametersSchema, {
    tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
    tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
  });
}

/** Towards servers and clients outside the mesh TLS 1.2 must do as well. */
export function externalTlsParams(): TlsParameters {
  return create(TlsParametersSchema, {
    tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2,
    tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
  });
}
