import { create } from "@bufbuild/protobuf";
import type { VirtualHost } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import {
  type RouteConfiguration,
  RouteConfigurationSchema,
} from "@weft/api/envoy/config/route/v3/route_pb.js";

/** Of a direct response: the largest body that a VirtualService may ask for. */
const MAX_DIRECT_RESPONSE_BYTES = 1_048_576;

/**
 * A route configuration as Istio makes them. Clusters are not validated: a route to one that does not
 * exist answers 503 instead of making the whole configuration invalid.
 */
export function buildRouteConfiguration(
  name: string,
  virtualHosts: readonly VirtualHost[],
  ignorePort: boolean,
): RouteConfiguration {
  return create(RouteConfigurationSchema, {
    name,
    virtualHosts: [...virtualHosts],
    validateClusters: false,
    maxDirectResponseBodySizeBytes: MAX_DIRECT_RESPONSE_BYTES,
    ignorePortInHostMatching: ignorePort,
  });
}
