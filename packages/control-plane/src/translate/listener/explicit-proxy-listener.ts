import { create } from "@bufbuild/protobuf";
import { TrafficDirection } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { type Listener, ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { socketAddress } from "../message/address.ts";
import { HTTP_PROXY_ROUTE, listenerName } from "../names.ts";
import type { Scope } from "../scope.ts";
import { buildHttpManager } from "./http-connection-manager.ts";
import { CONNECTIONS_PER_SOCKET_EVENT } from "./socket-event.ts";

/** Without capture: the HTTP proxy that applications are told to use, on the pod's own address. */
export function buildExplicitProxyListener(scope: Scope): Listener {
  const { address, httpProxyPort } = scope.proxy;
  const name = listenerName(address, httpProxyPort);
  return create(ListenerSchema, {
    name,
    address: socketAddress(address, httpProxyPort),
    filterChains: [
      {
        filters: [
          buildHttpManager(
            {
              direction: "outbound",
              statPrefix: `outbound_${name}`,
              routes: HTTP_PROXY_ROUTE,
              acceptsConnect: true,
            },
            scope,
          ),
        ],
      },
    ],
    maxConnectionsToAcceptPerSocketEvent: CONNECTIONS_PER_SOCKET_EVENT,
    trafficDirection: TrafficDirection.OUTBOUND,
  });
}
