import { create } from "@bufbuild/protobuf";
import { CorsSchema } from "@weft/api/envoy/extensions/filters/http/cors/v3/cors_pb.js";
import { HTTPFaultSchema } from "@weft/api/envoy/extensions/filters/http/fault/v3/fault_pb.js";
import { FilterConfigSchema as GrpcStatsSchema } from "@weft/api/envoy/extensions/filters/http/grpc_stats/v3/config_pb.js";
import { RouterSchema } from "@weft/api/envoy/extensions/filters/http/router/v3/router_pb.js";
import {
  type HttpFilter,
  HttpFilterSchema,
} from "@weft/api/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { ConfigSchema as PeerMetadataSchema } from "@weft/api/io/istio/http/peer_metadata/config_pb.js";
import { PluginConfigSchema } from "@weft/api/stats/config_pb.js";
import { buildExtension, type Extension } from "../message/any.ts";
import type { Scope } from "../scope.ts";

/** Which way the requests of a listener go, seen from the workload. */
export type Direction = "inbound" | "outbound" | "gateway";

/**
 * The HTTP filters in Istio's order. The `istio.*` filters come for Weft's own proxy only: a stock Envoy
 * does not have them and would refuse the listener.
 */
export function buildHttpFilters(direction: Direction, { isWeft }: Scope): HttpFilter[] {
  const filters: Extension[] = [
    // First: what it learns of the peer, all later filters may use.
    ...(isWeft ? [peerMetadata(direction)] : []),
    buildExtension("envoy.filters.http.grpc_stats", GrpcStatsSchema, {
      perMethodStatSpecifier: { case: "statsForAllMethods", value: { value: false } },
      emitFilterState: true,
    }),
    buildExtension("envoy.filters.http.fault", HTTPFaultSchema),
    buildExtension("envoy.filters.http.cors", CorsSchema),
    // Last but the router, so that answers of the filters above count too.
    ...(isWeft ? [stats(direction)] : []),
    buildExtension("envoy.filters.http.router", RouterSchema),
  ];
  return filters.map((each) => create(HttpFilterSchema, each));
}

/** Workloads tell each other who they are by the headers `x-envoy-peer-metadata(-id)`. */
function peerMetadata(direction: Direction): Extension {
  const headers = [{ methodSpecifier: { case: "istioHeaders", value: {} } as const }];
  return buildExtension(
    "istio.metadata_exchange",
    PeerMetadataSchema,
    direction === "inbound"
      ? { downstreamDiscovery: headers, downstreamPropagation: headers }
      : { upstreamDiscovery: headers, upstreamPropagation: headers },
  );
}

/** A caller's own word about the host must not make new time series where anybody may call. */
function stats(direction: Direction): Extension {
  const disableHostHeaderFallback = direction !== "outbound";
  return buildExtension("istio.stats", PluginConfigSchema, { disableHostHeaderFallback });
}
