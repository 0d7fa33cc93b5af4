import {
  createRegistry,
  type DescMessage,
  type JsonValue,
  type Message,
  toJson as messageToJson,
} from "@bufbuild/protobuf";
import { ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { ClusterLoadAssignmentSchema } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import { ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { RouteConfigurationSchema } from "@weft/api/envoy/config/route/v3/route_pb.js";
import { FileAccessLogSchema } from "@weft/api/envoy/extensions/access_loggers/file/v3/file_pb.js";
import {
  CorsPolicySchema,
  CorsSchema,
} from "@weft/api/envoy/extensions/filters/http/cors/v3/cors_pb.js";
import { HTTPFaultSchema } from "@weft/api/envoy/extensions/filters/http/fault/v3/fault_pb.js";
import { FilterConfigSchema as GrpcStatsSchema } from "@weft/api/envoy/extensions/filters/http/grpc_stats/v3/config_pb.js";
import { RouterSchema } from "@weft/api/envoy/extensions/filters/http/router/v3/router_pb.js";
import { HttpInspectorSchema } from "@weft/api/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.js";
import { OriginalDstSchema } from "@weft/api/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js";
import { TlsInspectorSchema } from "@weft/api/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js";
import { HttpConnectionManagerSchema } from "@weft/api/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { TcpProxySchema } from "@weft/api/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { UuidRequestIdConfigSchema } from "@weft/api/envoy/extensions/request_id/uuid/v3/uuid_pb.js";
import { PreviousHostsPredicateSchema } from "@weft/api/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js";
import { PreviousPrioritiesConfigSchema } from "@weft/api/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb.js";
import { RawBufferSchema } from "@weft/api/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.js";
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { HttpProtocolOptionsSchema } from "@weft/api/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";
import { ConfigSchema as PeerMetadataSchema } from "@weft/api/io/istio/http/peer_metadata/config_pb.js";
import { PluginConfigSchema } from "@weft/api/stats/config_pb.js";
import type { ProxyResources } from "./proxy-resources.ts";

/** Every message that translation packs into an Any. */
export const TRANSLATED_EXTENSIONS: readonly DescMessage[] = [
  CorsPolicySchema,
  CorsSchema,
  DownstreamTlsContextSchema,
  FileAccessLogSchema,
  GrpcStatsSchema,
  HTTPFaultSchema,
  HttpConnectionManagerSchema,
  HttpInspectorSchema,
  HttpProtocolOptionsSchema,
  OriginalDstSchema,
  PeerMetadataSchema,
  PluginConfigSchema,
  PreviousHostsPredicateSchema,
  PreviousPrioritiesConfigSchema,
  RawBufferSchema,
  RouterSchema,
  TcpProxySchema,
  TlsInspectorSchema,
  UpstreamTlsContextSchema,
  UuidRequestIdConfigSchema,
];

const registry = createRegistry(...TRANSLATED_EXTENSIONS);

/** The resources as Envoy's own JSON, with its field names, as `/config_dump` and istioctl show them. */
export function toJson(resources: ProxyResources): JsonValue {
  const { listeners, routes, clusters, endpoints } = resources;
  return {
    listeners: listeners.map((each) => resourceToJson(ListenerSchema, each)),
    routes: routes.map((each) => resourceToJson(RouteConfigurationSchema, each)),
    clusters: clusters.map((each) => resourceToJson(ClusterSchema, each)),
    endpoints: endpoints.map((each) => resourceToJson(ClusterLoadAssignmentSchema, each)),
  };
}

function resourceToJson(schema: DescMessage, message: Message): JsonValue {
  return messageToJson(schema, message, { registry, useProtoFieldName: true });
}
