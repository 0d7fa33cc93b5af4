import { create } from "@bufbuild/protobuf";
import { TrafficDirection } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { type Listener, ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { type ExplicitTarget, explicitTargets } from "../explicit-target.ts";
import { originMetadata } from "../origin.ts";
import { isTls } from "../protocol.ts";
import type { Scope } from "../scope.ts";
import { buildHttpManager } from "./http-connection-manager.ts";
import { httpInspector, tlsInspector } from "./listener-filter.ts";
import { buildOutboundTcpChains } from "./outbound-tcp-chains.ts";

/** What the HTTP inspector finds in plain bytes. */
const PLAIN_HTTP = ["http/1.1", "h2c"];

/**
 * Without capture: the listeners inside the proxy that CONNECT leads to. They do with the bytes what a
 * captured connection to that host and port would get.
 */
export function buildInternalListeners(scope: Scope): Listener[] {
  const listeners = new Map<string, Listener>();
  for (const target of explicitTargets(scope)) {
    const { internalListener: name } = target;
    if (!listeners.has(name)) listeners.set(name, buildInternalListener(target, scope));
  }
  return [...listeners.values()];
}

function buildInternalListener(target: ExplicitTarget, scope: Scope): Listener {
  const { internalListener: name, inspection, service, port } = target;
  const common = {
    name,
    listenerSpecifier: { case: "internalListener", value: {} } as const,
    trafficDirection: TrafficDirection.OUTBOUND,
  };
  const http = () =>
    buildHttpManager({ direction: "outbound", statPrefix: name, routes: String(port.port) }, scope);
  const metadata = originMetadata(service.origin);
  switch (inspection) {
    case "http":
      return create(ListenerSchema, { ...common, filterChains: [{ filters: [http()] }] });
    case "tcp": {
      const { chains, fallback } = buildOutboundTcpChains(service, port, scope);
      return create(ListenerSchema, {
        ...common,
        filterChains: chains,
        ...(fallback === undefined ? {} : { defaultFilterChain: fallback }),
        listenerFilters: isTls(port) ? [tlsInspector()] : [],
        continueOnListenerFiltersTimeout: true,
      });
    }
    case "auto": {
      const { chains, fallback } = buildOutboundTcpChains(service, port, scope);
      const [rest] = fallback === undefined ? chains : [fallback];
      return create(ListenerSchema, {
        ...common,
        filterChains: [
          {
            filterChainMatch: {
              transportProtocol: "raw_buffer",
              applicationProtocols: PLAIN_HTTP,
            },
            filters: [http()],
            metadata,
          },
        ],
        ...(rest === undefined ? {} : { defaultFilterChain: rest }),
        listenerFilters: [tlsInspector(), httpInspector()],
        continueOnListenerFiltersTimeout: true,
      });
    }
  }
}
