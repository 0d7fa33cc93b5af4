import { type DescMessage, type Message, toBinary } from "@bufbuild/protobuf";
import { TYPE_URL, type TypeUrl } from "@weft/api";
import { ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { ClusterLoadAssignmentSchema } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import { ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { RouteConfigurationSchema } from "@weft/api/envoy/config/route/v3/route_pb.js";
import { resourceVersion, type XdsResource, type XdsResources } from "@weft/xds";
import type { ProxyResources } from "../translate/index.ts";

type ByName = ReadonlyMap<string, XdsResource>;

/** Messages that were encoded before and the same object again need no second look. */
const encoded = new WeakMap<Message, XdsResource>();

/**
 * Encodes what a proxy should have. Whatever equals its counterpart in `previous` is that same
 * object, up to the whole map of a type, so that nothing downstream has to compare bytes again.
 */
export function encodeResources(
  resources: ProxyResources,
  previous: XdsResources | undefined,
): XdsResources {
  const { cluster, endpoint, listener, route } = TYPE_URL;
  const { clusters, endpoints, listeners, routes } = resources;
  const encode = <M extends Message>(
    typeUrl: TypeUrl,
    schema: DescMessage,
    messages: readonly M[],
    nameOf: (message: M) => string,
  ): [TypeUrl, ByName] => {
    const before = previous?.get(typeUrl);
    const current = messages.map((message) => {
      const resource = encodeOnce(schema, message, nameOf(message));
      const old = before?.get(resource.name);
      return old?.version === resource.version ? old : resource;
    });
    const isSame =
      before?.size === current.length && current.every((each) => before.get(each.name) === each);
    return [typeUrl, isSame ? before : new Map(current.map((each) => [each.name, each]))];
  };
  return new Map([
    encode(cluster, ClusterSchema, clusters, ({ name }) => name),
    encode(endpoint, ClusterLoadAssignmentSchema, endpoints, ({ clusterName }) => clusterName),
    encode(listener, ListenerSchema, listeners, ({ name }) => name),
    encode(route, RouteConfigurationSchema, routes, ({ name }) => name),
  ]);
}

function encodeOnce(schema: DescMessage, message: Message, name: string): XdsResource {
  let resource = encoded.get(message);
  if (resource === undefined) {
    const bytes = toBinary(schema, message);
    resource = { name, version: resourceVersion(bytes), bytes };
    encoded.set(message, resource);
  }
  return resource;
}
