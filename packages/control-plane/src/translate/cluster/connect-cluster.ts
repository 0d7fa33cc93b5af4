import { create } from "@bufbuild/protobuf";
import {
  type Cluster,
  Cluster_DiscoveryType,
  ClusterSchema,
} from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { ExplicitTarget } from "../explicit-target.ts";
import { internalAddress } from "../message/address.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { originMetadata } from "../origin.ts";
import type { Scope } from "../scope.ts";

/** Leads a CONNECT request's bytes into the internal listener of what it asked for. */
export function buildConnectCluster(target: ExplicitTarget, { config }: Scope): Cluster {
  const name = target.connectCluster;
  const hostIdentifier = {
    case: "endpoint",
    value: { address: internalAddress(target.internalListener) },
  } as const;
  return create(ClusterSchema, {
    name,
    altStatName: `${name};`,
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC },
    connectTimeout: durationFromMs(config.connectTimeoutMs),
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: [{ hostIdentifier }] }],
    },
    metadata: originMetadata(target.service.origin),
  });
}
