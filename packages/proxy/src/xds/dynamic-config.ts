/**
 * The control plane's updates, applied: each resource goes to the part that owns its type, is taken
 * or refused alone, and what was taken before serves on in either case. New names to subscribe to
 * follow from what was applied (endpoints of clusters, routes of listeners).
 */
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { TYPE_URL, type TypeUrl } from "@weft/api";
import { ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { ClusterLoadAssignmentSchema } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import { ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { RouteConfigurationSchema } from "@weft/api/envoy/config/route/v3/route_pb.js";
import { type Clock, ConfigError, type Log, toError } from "@weft/core";
import type { XdsClient, XdsRejection, XdsUpdate } from "@weft/xds";
import type { Clusters } from "../cluster/cluster-manager.ts";
import type { AcceptedResources } from "./accepted-resources.ts";
import type { Listeners } from "./listener-manager.ts";
import type { RouteTableStore } from "./route-table-store.ts";

/** The parts that resources go to. */
export interface DynamicConfigParts {
  readonly clusters: Clusters;
  readonly listeners: Listeners;
  readonly routes: RouteTableStore;
  readonly accepted: AcceptedResources;
  readonly clock: Clock;
  readonly log: Log;
}

/** How resources of one type are taken. Both throw `ConfigError` and then have changed nothing. */
interface ResourceHandler {
  apply(name: string, bytes: Uint8Array): void;
  remove(name: string): void;
}

/** Applies updates; hand `onUpdate` to the xDS client, then `subscribe`. */
export class DynamicConfig {
  readonly #parts: DynamicConfigParts;
  readonly #handlers: ReadonlyMap<TypeUrl, ResourceHandler>;
  readonly #seen = new Set<TypeUrl>();
  #client: XdsClient | undefined;

  constructor(parts: DynamicConfigParts) {
    this.#parts = parts;
    this.#handlers = buildHandlers(parts);
  }

  /** Asks for everything of clusters and listeners, and from then on for what these refer to. */
  subscribe(client: XdsClient): void {
    this.#client = client;
    client.subscribe(TYPE_URL.cluster, "*");
    client.subscribe(TYPE_URL.listener, "*");
  }

  /** Clusters and listeners have come, and every route that these refer to is asked for. */
  get isInitialised(): boolean {
    return this.#seen.has(TYPE_URL.cluster) && this.#seen.has(TYPE_URL.listener);
  }

  readonly onUpdate = (update: XdsUpdate): readonly XdsRejection[] => {
    const { accepted, clock, log } = this.#parts;
    const handler = this.#handlers.get(update.typeUrl);
    if (handler === undefined)
      return update.changed.map(({ name }) => ({ name, message: "this type was not asked for" }));
    const rejections: XdsRejection[] = [];
    this.#seen.add(update.typeUrl);
    accepted.beginUpdate(update.typeUrl, update.version);
    // Removals first: a listener that was renamed keeps its address.
    for (const name of update.removed) {
      handler.remove(name);
      accepted.remove(update.typeUrl, name);
    }
    for (const { name, version, bytes } of update.changed) {
      const nowMs = clock.wallMs();
      try {
        handler.apply(name, bytes);
        accepted.accept(update.typeUrl, name, { version, bytes, updatedAtMs: nowMs });
      } catch (thrown) {
        const message = `${name}: ${toError(thrown).message}`;
        rejections.push({ name, message });
        accepted.refuse(update.typeUrl, name, { version, message, refusedAtMs: nowMs });
        if (thrown instanceof ConfigError)
          log.warn("resource refused", { type: update.typeUrl, resource: name, reason: message });
        else log.error("resource could not be applied", { resource: name, reason: message });
      }
    }
    this.refreshSubscriptions();
    return rejections;
  };

  /** Asks for the endpoints and routes that clusters and listeners now refer to. */
  refreshSubscriptions(): void {
    const client = this.#client;
    if (client === undefined) return;
    const { clusters, listeners, routes } = this.#parts;
    client.subscribe(TYPE_URL.endpoint, clusters.edsNames());
    const routeNames = listeners.routeNames();
    routes.keepOnly(routeNames);
    client.subscribe(TYPE_URL.route, routeNames);
  }
}

function buildHandlers(parts: DynamicConfigParts): ReadonlyMap<TypeUrl, ResourceHandler> {
  const { clusters, listeners, routes } = parts;
  return new Map<TypeUrl, ResourceHandler>([
    [
      TYPE_URL.cluster,
      {
        apply: decoded(ClusterSchema, (name, message) => {
          checkName(name, message.name);
          clusters.applyCluster(message);
        }),
        remove: (name) => clusters.removeCluster(name),
      },
    ],
    [
      TYPE_URL.endpoint,
      {
        apply: decoded(ClusterLoadAssignmentSchema, (name, message) => {
          checkName(name, message.clusterName);
          clusters.applyLoadAssignment(name, message);
        }),
        remove: (name) => clusters.removeLoadAssignment(name),
      },
    ],
    [
      TYPE_URL.listener,
      {
        apply: decoded(ListenerSchema, (name, message) => {
          checkName(name, message.name);
          listeners.applyListener(message);
        }),
        remove: (name) => listeners.removeListener(name),
      },
    ],
    [
      TYPE_URL.route,
      {
        apply: decoded(RouteConfigurationSchema, (name, message) => {
          checkName(name, message.name);
          routes.applyRouteConfiguration(name, message);
          listeners.onDependencyChange();
        }),
        remove: (name) => {
          routes.remove(name);
          listeners.onDependencyChange();
        },
      },
    ],
  ]);
}

/** What came by one name is removed by it: under another it would stay for ever. */
function checkName(resourceName: string, ownName: string): void {
  if (ownName !== resourceName)
    throw new ConfigError("name", `"${ownName}" is not the name that it came by`);
}

function decoded<S extends DescMessage>(
  schema: S,
  apply: (name: string, message: MessageShape<S>) => void,
): (name: string, bytes: Uint8Array) => void {
  return (name, bytes) => apply(name, fromBinary(schema, bytes));
}
