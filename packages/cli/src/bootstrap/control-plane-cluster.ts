import type { JoinFacts } from "./bootstrap.ts";

/** The name in the control plane's certificate, Istio's own. */
export const CONTROL_PLANE_NAME = "istiod.istio-system.svc";

const HTTP_PROTOCOL_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const HTTP2 = {
  [HTTP_PROTOCOL_OPTIONS]: {
    "@type": `type.googleapis.com/${HTTP_PROTOCOL_OPTIONS}`,
    explicit_http_config: { http2_protocol_options: {} },
  },
};

/**
 * The static cluster of the control plane: HTTP/2 in TLS, with the workload's certificate from SDS.
 * The root is read from the mesh's file: it must hold before the first certificate is there.
 */
export function buildXdsCluster({ controlPlane, rootCertificatePath }: JoinFacts) {
  const endpoint = {
    address: {
      socket_address: { address: controlPlane.address, port_value: controlPlane.xdsPort },
    },
  };
  return {
    name: "xds-grpc",
    type: "STATIC",
    connect_timeout: "1s",
    typed_extension_protocol_options: HTTP2,
    load_assignment: {
      cluster_name: "xds-grpc",
      endpoints: [{ lb_endpoints: [{ endpoint }] }],
    },
    transport_socket: {
      name: "envoy.transport_sockets.tls",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        sni: CONTROL_PLANE_NAME,
        common_tls_context: {
          tls_params: {
            tls_minimum_protocol_version: "TLSv1_2",
            tls_maximum_protocol_version: "TLSv1_3",
          },
          tls_certificate_sds_secret_configs: [{ name: "default", sds_config: SDS }],
          validation_context: {
            trusted_ca: { filename: rootCertificatePath },
            match_typed_subject_alt_names: [
              { san_type: "DNS", matcher: { exact: CONTROL_PLANE_NAME } },
            ],
          },
        },
      },
    },
  };
}

/** SDS from the static cluster `sds-grpc`, Istio's name; Weft's own proxy answers it by itself. */
const SDS = {
  resource_api_version: "V3",
  api_config_source: {
    api_type: "GRPC",
    transport_api_version: "V3",
    set_node_on_first_message_only: true,
    grpc_services: [{ envoy_grpc: { cluster_name: "sds-grpc" } }],
  },
};

/** The static cluster of the SDS server that stands beside a stock Envoy. */
export function buildSdsCluster(socketPath: string) {
  return {
    name: "sds-grpc",
    type: "STATIC",
    connect_timeout: "1s",
    typed_extension_protocol_options: HTTP2,
    load_assignment: {
      cluster_name: "sds-grpc",
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: socketPath } } } }] }],
    },
  };
}
