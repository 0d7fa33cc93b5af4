import { create } from "@bufbuild/protobuf";
import {
  type Filter,
  FilterSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import { TcpProxySchema } from "@weft/api/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { buildExtension } from "../message/any.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import type { Scope } from "../scope.ts";
import { buildAccessLog } from "./access-log.ts";

/** Where bytes go, and what share of the connections. */
export interface TcpTarget {
  readonly cluster: string;
  readonly weight: number;
}

/** Options of {@link buildTcpProxy}. */
export interface TcpProxyOptions {
  readonly idleTimeoutMs?: number | undefined;
  /** Istio writes no access log where connections end in nothing. */
  readonly isLogged?: boolean;
}

/** A TCP proxy filter; at least one target. */
export function buildTcpProxy(
  targets: readonly TcpTarget[],
  scope: Scope,
  { idleTimeoutMs, isLogged = true }: TcpProxyOptions = {},
): Filter {
  const weighted = targets.length > 1 ? targets.filter(({ weight }) => weight > 0) : targets;
  const first = weighted[0] ?? targets[0];
  const statPrefix = first?.cluster ?? "";
  return create(
    FilterSchema,
    buildExtension("envoy.filters.network.tcp_proxy", TcpProxySchema, {
      statPrefix,
      clusterSpecifier:
        weighted.length > 1
          ? {
              case: "weightedClusters",
              value: { clusters: weighted.map(({ cluster: name, weight }) => ({ name, weight })) },
            }
          : { case: "cluster", value: statPrefix },
      ...(idleTimeoutMs === undefined ? {} : { idleTimeout: durationFromMs(idleTimeoutMs) }),
      accessLog: isLogged ? buildAccessLog(scope.config) : [],
    }),
  );
}
