import { create } from "@bufbuild/protobuf";
import { TrafficDirection } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { type Listener, ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { type InboundPort, inboundPorts } from "../inbound-port.ts";
import { socketAddress } from "../message/address.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { listenerName } from "../names.ts";
import type { Scope } from "../scope.ts";
import { buildInboundPortChains } from "./inbound-port-chains.ts";
import { buildInspectors } from "./inspectors.ts";
import { CONNECTIONS_PER_SOCKET_EVENT } from "./socket-event.ts";

/** Without capture: a listener on the pod's own address for each port that others call. */
export function buildBoundInboundListeners(scope: Scope): Listener[] {
  return inboundPorts(scope).map((inbound) => boundListener(inbound, scope));
}

function boundListener(inbound: InboundPort, scope: Scope): Listener {
  const { address } = scope.proxy;
  const filterChains = buildInboundPortChains(inbound, 0, scope);
  return create(ListenerSchema, {
    name: listenerName(address, inbound.bindPort),
    address: socketAddress(address, inbound.bindPort),
    filterChains,
    listenerFilters: buildInspectors(filterChains),
    listenerFiltersTimeout: durationFromMs(scope.config.protocolDetectionTimeoutMs),
    continueOnListenerFiltersTimeout: true,
    maxConnectionsToAcceptPerSocketEvent: CONNECTIONS_PER_SOCKET_EVENT,
    trafficDirection: TrafficDirection.INBOUND,
  });
}
