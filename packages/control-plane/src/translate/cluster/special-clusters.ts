import { create } from "@bufbuild/protobuf";
import {
  type Cluster,
  Cluster_DiscoveryType,
  Cluster_LbPolicy,
  ClusterSchema,
} from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { HttpProtocolOptionsSchema } from "@weft/api/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";
import { buildAny } from "../message/any.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { CLUSTER } from "../names.ts";
import type { Scope } from "../scope.ts";
import { buildThresholds } from "./connection-pool.ts";

/** Istio's default for requests that pass through. */
const PASSTHROUGH_IDLE_TIMEOUT_MS = 300_000;

/** The source address of connections to the own application, so that capture rules leave them alone. */
export const INBOUND_BIND_ADDRESS = "127.0.0.6";

/** Where nothing ever answers. */
export function buildBlackHole({ config }: Scope): Cluster {
  return create(ClusterSchema, {
    name: CLUSTER.blackHole,
    altStatName: `${CLUSTER.blackHole};`,
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC },
    connectTimeout: durationFromMs(config.connectTimeoutMs),
  });
}

/** Where captured traffic was going anyway. */
export function buildPassthrough(scope: Scope): Cluster {
  return create(ClusterSchema, { name: CLUSTER.passthrough, ...passthroughFields(scope) });
}

/** Captured traffic to the own application, of ports that no service has. */
export function buildInboundPassthrough(scope: Scope): Cluster {
  return create(ClusterSchema, {
    name: CLUSTER.inboundPassthrough,
    ...passthroughFields(scope),
    upstreamBindConfig: {
      sourceAddress: {
        address: INBOUND_BIND_ADDRESS,
        portSpecifier: { case: "portValue", value: 0 },
      },
    },
  });
}

function passthroughFields({ config }: Scope) {
  return {
    // Both have one name in statistics, as with Istio.
    altStatName: `${CLUSTER.passthrough};`,
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.ORIGINAL_DST } as const,
    connectTimeout: durationFromMs(config.connectTimeoutMs),
    lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
    circuitBreakers: { thresholds: [buildThresholds(undefined)] },
    typedExtensionProtocolOptions: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": buildAny(
        HttpProtocolOptionsSchema,
        {
          commonHttpProtocolOptions: { idleTimeout: durationFromMs(PASSTHROUGH_IDLE_TIMEOUT_MS) },
          upstreamProtocolOptions: {
            case: "useDownstreamProtocolConfig",
            value: { httpProtocolOptions: {}, http2ProtocolOptions: {} },
          },
        },
      ),
    },
  };
}
