import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { Cluster as ClusterMessage } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type {
  HttpProtocolOptions as CommonOptions,
  Http2ProtocolOptions,
} from "@weft/api/envoy/config/core/v3/protocol_pb.js";
import {
  type HttpProtocolOptions,
  HttpProtocolOptionsSchema,
} from "@weft/api/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";
import { ConfigError } from "@weft/core";
import { toMs } from "../config/duration.ts";

/** Which protocol requests travel by, and how long connections live. */
export interface ProtocolOptions {
  /** `downstream`: as the request came. `alpn`: as the TLS handshake says, HTTP/1.1 without one. */
  readonly choice: "http1" | "http2" | "downstream" | "alpn";
  readonly idleTimeoutMs: number;
  /** 0: without limit. */
  readonly maxRequestsPerConnection: number;
  /** A connection takes no more requests after that; 0: without limit. */
  readonly maxConnectionDurationMs: number;
  /** At the same time on one HTTP/2 connection, whatever the peer would admit; 0: without limit. */
  readonly maxConcurrentStreams: number;
}

const EXTENSION = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/** Envoy's one hour. */
const DEFAULT_IDLE_TIMEOUT_MS = 3_600_000;

/** Reads the typed options, or the older fields of the cluster itself. */
export function parseProtocolOptions(message: ClusterMessage): ProtocolOptions {
  const options = unpackOptions(message);
  const common = options?.commonHttpProtocolOptions ?? message.commonHttpProtocolOptions;
  return {
    choice: options === undefined ? choiceOfOldFields(message) : parseChoice(options),
    idleTimeoutMs: toMs(common?.idleTimeout, DEFAULT_IDLE_TIMEOUT_MS, "idle_timeout"),
    maxRequestsPerConnection: maxRequests(message, common),
    maxConnectionDurationMs: toMs(common?.maxConnectionDuration, 0, "max_connection_duration"),
    maxConcurrentStreams: http2Options(message, options)?.maxConcurrentStreams ?? 0,
  };
}

function unpackOptions(message: ClusterMessage): HttpProtocolOptions | undefined {
  for (const name of Object.keys(message.typedExtensionProtocolOptions)) {
    if (name !== EXTENSION)
      throw new ConfigError(`typed_extension_protocol_options["${name}"]`, "is not supported");
  }
  const any = message.typedExtensionProtocolOptions[EXTENSION];
  if (any === undefined) return undefined;
  const options = anyUnpack(any, HttpProtocolOptionsSchema);
  if (options === undefined)
    throw new ConfigError(
      `typed_extension_protocol_options["${EXTENSION}"]`,
      `holds ${any.typeUrl}, not HttpProtocolOptions`,
    );
  return options;
}

function parseChoice(options: HttpProtocolOptions): ProtocolOptions["choice"] {
  const { upstreamProtocolOptions: choice } = options;
  switch (choice.case) {
    case "explicitHttpConfig":
      if (choice.value.protocolConfig.case === "http3ProtocolOptions")
        throw new ConfigError("explicit_http_config.http3_protocol_options", "is not supported");
      return choice.value.protocolConfig.case === "http2ProtocolOptions" ? "http2" : "http1";
    case "useDownstreamProtocolConfig":
      return "downstream";
    case "autoConfig":
      return "alpn";
    case undefined:
      throw new ConfigError("upstream_protocol_options", "is required");
  }
}

function http2Options(
  message: ClusterMessage,
  options: HttpProtocolOptions | undefined,
): Http2ProtocolOptions | undefined {
  if (options === undefined) return message.http2ProtocolOptions;
  const { upstreamProtocolOptions: choice } = options;
  if (choice.case !== "explicitHttpConfig") return choice.value?.http2ProtocolOptions;
  const { protocolConfig } = choice.value;
  return protocolConfig.case === "http2ProtocolOptions" ? protocolConfig.value : undefined;
}

function choiceOfOldFields(message: ClusterMessage): ProtocolOptions["choice"] {
  // Cluster.ClusterProtocolSelection.USE_DOWNSTREAM_PROTOCOL is 1.
  if (message.protocolSelection === 1) return "downstream";
  return message.http2ProtocolOptions === undefined ? "http1" : "http2";
}

function maxRequests(message: ClusterMessage, common: CommonOptions | undefined): number {
  return common?.maxRequestsPerConnection ?? message.maxRequestsPerConnection ?? 0;
}
