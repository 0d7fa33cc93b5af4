import { create } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import {
  type CircuitBreakers_Thresholds,
  CircuitBreakers_ThresholdsSchema,
} from "@weft/api/envoy/config/cluster/v3/circuit_breaker_pb.js";
import { HttpProtocolOptionsSchema } from "@weft/api/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";
import type { ConnectionPool } from "../../model/destination-rule.ts";
import { buildAny } from "../message/any.ts";
import { durationFromMs } from "../message/wire-duration.ts";

/** Istio's "no limit"; Envoy's own default would be 1024. */
const UNLIMITED = 0xffff_ffff;

/** How requests are put on the wire towards a cluster. */
export type UpstreamProtocol = "http1" | "http2" | "as-downstream";

/** The limits of a cluster. As in Istio 0 is as good as none. */
export function buildThresholds(pool: ConnectionPool | undefined): CircuitBreakers_Thresholds {
  return create(CircuitBreakers_ThresholdsSchema, {
    maxConnections: pool?.tcp.maxConnections || UNLIMITED,
    maxPendingRequests: pool?.http.http1MaxPendingRequests || UNLIMITED,
    maxRequests: pool?.http.http2MaxRequests || UNLIMITED,
    maxRetries: pool?.http.maxRetries || UNLIMITED,
  });
}

/** TCP keep-alive of a cluster's connections. */
export function connectionOptions(pool: ConnectionPool | undefined) {
  const keepalive = pool?.tcp.keepalive;
  if (keepalive === undefined) return {};
  const { probes, timeMs, intervalMs } = keepalive;
  return {
    upstreamConnectionOptions: {
      tcpKeepalive: {
        ...(probes === undefined ? {} : { keepaliveProbes: probes }),
        ...(timeMs === undefined ? {} : { keepaliveTime: Math.floor(timeMs / 1000) }),
        ...(intervalMs === undefined ? {} : { keepaliveInterval: Math.floor(intervalMs / 1000) }),
      },
    },
  };
}

/** A cluster's HTTP options by their name, or none where Envoy's defaults are meant. */
export function httpProtocolOptions(
  pool: ConnectionPool | undefined,
  protocol: UpstreamProtocol,
): { [name: string]: Any } {
  const common = commonOptions(pool);
  if (protocol === "http1" && common === undefined) return {};
  const options = buildAny(HttpProtocolOptionsSchema, {
    ...(common === undefined ? {} : { commonHttpProtocolOptions: common }),
    upstreamProtocolOptions: upstreamProtocolOptions(pool, protocol),
  });
  return { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options };
}

function upstreamProtocolOptions(pool: ConnectionPool | undefined, protocol: UpstreamProtocol) {
  const streams = pool?.http.maxConcurrentStreams ?? 0;
  const http2ProtocolOptions = streams === 0 ? {} : { maxConcurrentStreams: streams };
  switch (protocol) {
    case "http1": {
      const protocolConfig = { case: "httpProtocolOptions", value: {} } as const;
      return { case: "explicitHttpConfig", value: { protocolConfig } } as const;
    }
    case "http2": {
      const protocolConfig = { case: "http2ProtocolOptions", value: http2ProtocolOptions } as const;
      return { case: "explicitHttpConfig", value: { protocolConfig } } as const;
    }
    case "as-downstream": {
      const value = { httpProtocolOptions: {}, http2ProtocolOptions };
      return { case: "useDownstreamProtocolConfig", value } as const;
    }
  }
}

/** TCP's idle timeout holds for HTTP as well, unless HTTP has its own. */
function commonOptions(pool: ConnectionPool | undefined) {
  const idleTimeoutMs = pool?.http.idleTimeoutMs ?? pool?.tcp.idleTimeoutMs;
  const maxConnectionDurationMs = pool?.tcp.maxConnectionDurationMs;
  const maxRequests = pool?.http.maxRequestsPerConnection ?? 0;
  if (idleTimeoutMs === undefined && maxConnectionDurationMs === undefined && maxRequests === 0) {
    return undefined;
  }
  return {
    ...(idleTimeoutMs === undefined ? {} : { idleTimeout: durationFromMs(idleTimeoutMs) }),
    ...(maxConnectionDurationMs === undefined
      ? {}
      : { maxConnectionDuration: durationFromMs(maxConnectionDurationMs) }),
    ...(maxRequests === 0 ? {} : { maxRequestsPerConnection: maxRequests }),
  };
}
