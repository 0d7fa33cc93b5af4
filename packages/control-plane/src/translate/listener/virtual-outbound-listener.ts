import { create } from "@bufbuild/protobuf";
import { TrafficDirection } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { type Listener, ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { socketAddress } from "../message/address.ts";
import { CLUSTER } from "../names.ts";
import type { Scope } from "../scope.ts";
import { CONNECTIONS_PER_SOCKET_EVENT } from "./socket-event.ts";
import { buildTcpProxy } from "./tcp-proxy.ts";

/** Istio's port of captured outbound connections. */
const OUTBOUND_CAPTURE_PORT = 15001;

/** Where connections to strangers go, as the outbound traffic policy says. */
export function unknownTarget({ config }: Scope): string {
  return config.outboundTrafficPolicy === "ALLOW_ANY" ? CLUSTER.passthrough : CLUSTER.blackHole;
}

/** Takes all captured outbound connections and hands each to the listener of its destination. */
export function buildVirtualOutbound(scope: Scope): Listener {
  const blackHole = { cluster: CLUSTER.blackHole, weight: 1 };
  return create(ListenerSchema, {
    name: "virtualOutbound",
    address: socketAddress("0.0.0.0", OUTBOUND_CAPTURE_PORT),
    filterChains: [
      {
        // A connection to the capture port itself would otherwise come back for ever.
        name: "virtualOutbound-blackhole",
        filterChainMatch: { destinationPort: OUTBOUND_CAPTURE_PORT },
        filters: [buildTcpProxy([blackHole], scope, { isLogged: false })],
      },
      {
        name: "virtualOutbound-catchall-tcp",
        filters: [buildTcpProxy([{ cluster: unknownTarget(scope), weight: 1 }], scope)],
      },
    ],
    useOriginalDst: true,
    maxConnectionsToAcceptPerSocketEvent: CONNECTIONS_PER_SOCKET_EVENT,
    trafficDirection: TrafficDirection.OUTBOUND,
  });
}
