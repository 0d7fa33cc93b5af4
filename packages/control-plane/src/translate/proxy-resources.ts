import type { Cluster } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { ClusterLoadAssignment } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import type { Listener } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import type { RouteConfiguration } from "@weft/api/envoy/config/route/v3/route_pb.js";
import type { Problem } from "../model/problem.ts";

/** Everything one proxy needs; each list is sorted by name and each name is there once. */
export interface ProxyResources {
  readonly listeners: readonly Listener[];
  /** All that {@link listeners} refer to. */
  readonly routes: readonly RouteConfiguration[];
  readonly clusters: readonly Cluster[];
  /** One for each EDS cluster, also when it has no endpoint. */
  readonly endpoints: readonly ClusterLoadAssignment[];
  /** What cannot work as the user wrote it; the rest was translated all the same. */
  readonly problems: readonly Problem[];
}
