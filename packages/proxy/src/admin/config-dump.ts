import {
  type DescMessage,
  fromBinary,
  type JsonObject,
  type JsonValue,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { TYPE_URL, type TypeUrl } from "@weft/api";
import {
  type Bootstrap,
  BootstrapSchema,
} from "@weft/api/envoy/config/bootstrap/v3/bootstrap_pb.js";
import { ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { ClusterLoadAssignmentSchema } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import { ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { RouteConfigurationSchema } from "@weft/api/envoy/config/route/v3/route_pb.js";
import { toError } from "@weft/core";
import type { Clusters } from "../cluster/cluster-manager.ts";
import { anyRegistry } from "../config/any-registry.ts";
import type { AcceptedResources, RefusedResource } from "../xds/accepted-resources.ts";
import type { Listeners } from "../xds/listener-manager.ts";
import { type AdminAnswer, JSON_TYPE } from "./admin-server.ts";
import { redactSecrets } from "./redact-secrets.ts";

/** What the dump shows. */
export interface DumpedParts {
  readonly bootstrap: Bootstrap;
  readonly clusters: Clusters;
  readonly listeners: Listeners;
  readonly accepted: AcceptedResources;
}

const ADMIN_TYPE = "type.googleapis.com/envoy.admin.v3.";

/** `/config_dump`: what the proxy was started with and what it took since, in Envoy's shape. */
export function renderConfigDump(parts: DumpedParts, query: URLSearchParams): AdminAnswer {
  const { bootstrap, accepted } = parts;
  const staticOf = bootstrap.staticResources;
  const configs: JsonObject[] = [
    {
      "@type": `${ADMIN_TYPE}BootstrapConfigDump`,
      bootstrap: messageToJson(BootstrapSchema, bootstrap),
    },
    {
      "@type": `${ADMIN_TYPE}ClustersConfigDump`,
      version_info: accepted.state(TYPE_URL.cluster).version,
      static_clusters: staticMessages(ClusterSchema, staticOf?.clusters ?? [], "cluster"),
      dynamic_active_clusters: dynamicMessages(parts, TYPE_URL.cluster, ClusterSchema, "cluster")
        .filter(({ name }) => !parts.clusters.isWarming(name))
        .map(({ json }) => json),
      dynamic_warming_clusters: dynamicMessages(parts, TYPE_URL.cluster, ClusterSchema, "cluster")
        .filter(({ name }) => parts.clusters.isWarming(name))
        .map(({ json }) => json),
    },
    {
      "@type": `${ADMIN_TYPE}ListenersConfigDump`,
      version_info: accepted.state(TYPE_URL.listener).version,
      static_listeners: staticMessages(ListenerSchema, staticOf?.listeners ?? [], "listener"),
      dynamic_listeners: dumpListeners(parts),
    },
    {
      "@type": `${ADMIN_TYPE}RoutesConfigDump`,
      dynamic_route_configs: dynamicMessages(
        parts,
        TYPE_URL.route,
        RouteConfigurationSchema,
        "route_config",
      ).map(({ json }) => json),
    },
  ];
  if (query.has("include_eds"))
    configs.push({
      "@type": `${ADMIN_TYPE}EndpointsConfigDump`,
      dynamic_endpoint_configs: dynamicMessages(
        parts,
        TYPE_URL.endpoint,
        ClusterLoadAssignmentSchema,
        "endpoint_config",
      ).map(({ json }) => json),
    });
  return {
    contentType: JSON_TYPE,
    body: `${JSON.stringify(redactSecrets({ configs }), null, 1)}\n`,
  };
}

function staticMessages<S extends DescMessage>(
  schema: S,
  messages: readonly MessageShape<S>[],
  key: string,
): JsonObject[] {
  return messages.map((message) => ({ [key]: typedJson(schema, message) }));
}

interface Dumped {
  readonly name: string;
  readonly json: JsonObject;
}

/** Resources of a type as last accepted, and what was refused since. */
function dynamicMessages<S extends DescMessage>(
  { accepted }: DumpedParts,
  typeUrl: TypeUrl,
  schema: S,
  key: string,
): readonly Dumped[] {
  const state = accepted.state(typeUrl);
  const names = new Set([...state.accepted.keys(), ...state.refused.keys()]);
  return [...names].map((name) => {
    const taken = state.accepted.get(name);
    return {
      name,
      json: {
        ...(taken !== undefined && {
          version_info: taken.version,
          last_updated: toTime(taken.updatedAtMs),
          [key]: typedJson(schema, fromBinary(schema, taken.bytes)),
        }),
        ...errorState(state.refused.get(name)),
        client_status: state.refused.has(name) ? "NACKED" : "ACKED",
      },
    };
  });
}

function dumpListeners(dumped: DumpedParts): JsonObject[] {
  const warming = new Set(dumped.listeners.warming().map(({ name }) => name));
  return dynamicMessages(dumped, TYPE_URL.listener, ListenerSchema, "listener").map(
    ({ name, json }) => {
      const { client_status, error_state, ...state } = json;
      return {
        name,
        ...(Object.keys(state).length > 0 && {
          [warming.has(name) ? "warming_state" : "active_state"]: state,
        }),
        ...(error_state !== undefined && { error_state }),
        client_status: client_status ?? "UNKNOWN",
      };
    },
  );
}

function errorState(refused: RefusedResource | undefined): JsonObject {
  if (refused === undefined) return {};
  return {
    error_state: {
      details: refused.message,
      version_info: refused.version,
      last_update_attempt: toTime(refused.refusedAtMs),
    },
  };
}

function typedJson<S extends DescMessage>(schema: S, message: MessageShape<S>): JsonObject {
  const json = messageToJson(schema, message);
  return { "@type": `type.googleapis.com/${schema.typeName}`, ...(json as JsonObject) };
}

/** A type that we cannot print hides its own resource, not the whole dump. */
function messageToJson<S extends DescMessage>(schema: S, message: MessageShape<S>): JsonValue {
  try {
    return toJson(schema, message, { registry: anyRegistry, useProtoFieldName: true });
  } catch (thrown) {
    return { error: `cannot be printed: ${toError(thrown).message}` };
  }
}

function toTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
