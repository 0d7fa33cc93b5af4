/**
 * Every HTTP filter of this proxy, by the type of its config. To add one: a folder with its config and
 * its filter, one row here, and where routes may configure it one row in route-filter-config.ts.
 */
import { type Any, anyUnpack } from "@bufbuild/protobuf/wkt";
import { CorsSchema } from "@weft/api/envoy/extensions/filters/http/cors/v3/cors_pb.js";
import { HTTPFaultSchema } from "@weft/api/envoy/extensions/filters/http/fault/v3/fault_pb.js";
import { FilterConfigSchema as GrpcStatsSchema } from "@weft/api/envoy/extensions/filters/http/grpc_stats/v3/config_pb.js";
import { RouterSchema } from "@weft/api/envoy/extensions/filters/http/router/v3/router_pb.js";
import type { HttpFilter as HttpFilterMessage } from "@weft/api/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { ConfigSchema as PeerMetadataSchema } from "@weft/api/io/istio/http/peer_metadata/config_pb.js";
import { PluginConfigSchema } from "@weft/api/stats/config_pb.js";
import { ConfigError } from "@weft/core";
import type { HttpFilterFactory } from "../http/filter.ts";
import type { HttpDeps, ListenerFacts } from "../http/http-deps.ts";
import type { ConfiguredFilter } from "../http/stream/filter-chain.ts";
import { createCorsFactory } from "./cors/cors-filter.ts";
import { compileFault } from "./fault/fault-config.ts";
import { createFaultFactory } from "./fault/fault-filter.ts";
import { createGrpcStatsFactory } from "./grpc-stats/grpc-stats-filter.ts";
import { createIstioStatsFactory } from "./istio-stats/istio-stats-filter.ts";
import { createPeerMetadataFactory } from "./peer-metadata/peer-metadata-filter.ts";
import { createRouterFactory } from "./router/router-filter.ts";

/** Answers undefined when `any` holds another type than the row's own. */
type Build = (
  any: Any,
  name: string,
  deps: HttpDeps,
  facts: ListenerFacts,
) => HttpFilterFactory | undefined;

/** In the order of how often they are used. */
const FILTERS: readonly Build[] = [
  (any, _name, deps) => {
    const config = anyUnpack(any, RouterSchema);
    return config && createRouterFactory(config, deps);
  },
  (any, name, deps) => {
    const config = anyUnpack(any, HTTPFaultSchema);
    return config && createFaultFactory(compileFault(config, name), name, deps);
  },
  (any, name, deps) => {
    const config = anyUnpack(any, CorsSchema);
    return config && createCorsFactory(name, deps.random);
  },
  (any) => (anyUnpack(any, GrpcStatsSchema) === undefined ? undefined : createGrpcStatsFactory()),
  (any, _name, deps, facts) => {
    const config = anyUnpack(any, PluginConfigSchema);
    return config && createIstioStatsFactory(config, deps, facts);
  },
  (any, _name, deps) => {
    const config = anyUnpack(any, PeerMetadataSchema);
    return config && createPeerMetadataFactory(config, deps);
  },
];

/** Throws `ConfigError` for an unknown filter, unless it says that it is optional. */
export function compileHttpFilters(
  messages: readonly HttpFilterMessage[],
  deps: HttpDeps,
  facts: ListenerFacts,
  field: string,
): readonly ConfiguredFilter[] {
  const filters: ConfiguredFilter[] = [];
  for (const [index, message] of messages.entries()) {
    const filterField = `${field}[${index}]`;
    const any = message.configType.case === "typedConfig" ? message.configType.value : undefined;
    if (any === undefined) {
      throw new ConfigError(filterField, `"${message.name}" needs a typed_config`);
    }
    const create = build(any, message.name, deps, facts);
    if (create === undefined) {
      if (message.isOptional) continue;
      throw new ConfigError(
        `${filterField}.typed_config`,
        `"${any.typeUrl}" is not an HTTP filter known here`,
      );
    }
    filters.push({ name: message.name, create, isDisabled: message.disabled });
  }
  const last = messages.at(-1)?.configType.value;
  if (last === undefined || !("typeUrl" in last) || !last.typeUrl.endsWith(RouterSchema.typeName)) {
    throw new ConfigError(field, "must end in the router");
  }
  return filters;
}

function build(
  any: Any,
  name: string,
  deps: HttpDeps,
  facts: ListenerFacts,
): HttpFilterFactory | undefined {
  for (const tryBuild of FILTERS) {
    const factory = tryBuild(any, name, deps, facts);
    if (factory !== undefined) return factory;
  }
  return undefined;
}
