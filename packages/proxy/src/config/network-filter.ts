import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { Filter } from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import type { Listener } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { HttpConnectionManagerSchema } from "@weft/api/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { TcpProxySchema } from "@weft/api/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { ConfigError } from "@weft/core";
import { createHttpConnectionManager } from "../http/connection-manager.ts";
import type { HttpDeps } from "../http/http-deps.ts";
import type { NetworkFilter } from "../listener/downstream-connection.ts";
import { createTcpProxy } from "../tcp/tcp-proxy.ts";

/** The direction of a listener by Envoy's `traffic_direction`. */
const DIRECTIONS = ["unspecified", "inbound", "outbound"] as const;

/**
 * Compiles the network filters of one chain. Only a single, terminal filter is supported: HTTP
 * connection manager or TCP proxy. Throws `ConfigError`.
 */
export function buildNetworkFilter(
  filters: readonly Filter[],
  listener: Listener,
  deps: HttpDeps,
): NetworkFilter {
  const [filter, second] = filters;
  if (filter === undefined) throw new ConfigError("filters", "must not be empty");
  if (second !== undefined)
    throw new ConfigError("filters", `${filter.name} before ${second.name} is not supported`);
  if (filter.configType.case !== "typedConfig")
    throw new ConfigError(`filters["${filter.name}"].typed_config`, "is required");
  const any = filter.configType.value;
  const direction = DIRECTIONS[listener.trafficDirection] ?? "unspecified";
  const facts = { listenerName: listener.name, direction };
  const manager = anyUnpack(any, HttpConnectionManagerSchema);
  if (manager !== undefined) return createHttpConnectionManager(manager, deps, facts);
  const tcpProxy = anyUnpack(any, TcpProxySchema);
  if (tcpProxy !== undefined) return createTcpProxy(tcpProxy, deps);
  throw new ConfigError(
    `filters["${filter.name}"].typed_config`,
    `${any.typeUrl} is not supported`,
  );
}
