import type { Cluster } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { Listener } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import type { RouteConfiguration } from "@weft/api/envoy/config/route/v3/route_pb.js";

/** What a proxy has because of the part it plays, besides the clusters of services. */
export interface RoleResources {
  readonly listeners: readonly Listener[];
  readonly routes: readonly RouteConfiguration[];
  readonly clusters: readonly Cluster[];
}
