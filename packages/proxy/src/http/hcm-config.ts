import {
  HttpConnectionManager_ForwardClientCertDetails as ClientCert,
  HttpConnectionManager_CodecType as CodecType,
  HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashesAction,
  type HttpConnectionManager,
  HttpConnectionManager_ServerHeaderTransformation as ServerHeader,
} from "@weft/api/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { ConfigError } from "@weft/core";
import { type AccessLog, compileAccessLogs } from "../access-log/access-log.ts";
import { type CodecOptions, DEFAULT_CODEC_OPTIONS } from "../codec/codec-options.ts";
import { compileHttpFilters } from "../http-filter/registry.ts";
import { durationMs, optionalDurationMs } from "../route/action/duration-ms.ts";
import { compileRouteTable } from "../route/compile-route-table.ts";
import type { RouteTable } from "../route/route-table.ts";
import { refuseUnsupportedOptions } from "./hcm-unsupported.ts";
import type { HttpDeps, ListenerFacts } from "./http-deps.ts";
import type { ClientCertificateMode } from "./request/client-certificate.ts";
import type { EscapedSlashes } from "./request/normalize-path.ts";
import type { RequestRules } from "./request/prepare-request.ts";
import type { ResponseRules } from "./response/prepare-response.ts";
import type { ConfiguredFilter } from "./stream/filter-chain.ts";
import type { StreamTimeouts } from "./stream/stream-deadlines.ts";

/** A connection manager's configuration, compiled: nothing here is looked up by name per request. */
export interface HcmConfig {
  readonly statPrefix: string;
  readonly codec: "auto" | "http1" | "http2";
  readonly routes:
    | { readonly kind: "inline"; readonly table: RouteTable }
    | { readonly kind: "rds"; readonly name: string };
  readonly filters: readonly ConfiguredFilter[];
  readonly accessLogs: readonly AccessLog[];
  readonly requestRules: RequestRules;
  readonly responseRules: ResponseRules;
  readonly streamTimeouts: StreamTimeouts;
  /** Upgrade type in lower-case → allowed. */
  readonly upgrades: ReadonlyMap<string, boolean>;
  readonly codecOptions: CodecOptions;
  /** How much of a request is held for a filter or an upstream connection. */
  readonly bufferLimitBytes: number;
}

const DEFAULT_IDLE_MS = 5 * 60_000;
const DEFAULT_BUFFER_BYTES = 1024 * 1024;

/** Throws `ConfigError`. Defaults are Envoy's, hardened where hostile-input demands it. */
export function compileHcmConfig(
  message: HttpConnectionManager,
  deps: HttpDeps,
  facts: ListenerFacts,
): HcmConfig {
  refuseUnsupportedOptions(message);
  return {
    statPrefix: message.statPrefix.replace(/;$/, ""),
    codec: compileCodec(message.codecType),
    routes: compileRoutes(message),
    filters: compileHttpFilters(message.httpFilters, deps, facts, "http_filters"),
    accessLogs: compileAccessLogs(message.accessLog, deps.accessLogs, "access_log"),
    requestRules: compileRequestRules(message),
    responseRules: {
      serverName: message.serverName === "" ? "envoy" : message.serverName,
      serverHeader: SERVER_HEADER[message.serverHeaderTransformation],
      via: message.via,
      alwaysSetRequestId: message.alwaysSetRequestIdInResponse,
    },
    streamTimeouts: {
      idleMs: optionalDurationMs(message.streamIdleTimeout) ?? DEFAULT_IDLE_MS,
      requestMs: optionalDurationMs(message.requestTimeout) ?? 0,
      maxDurationMs: optionalDurationMs(message.commonHttpProtocolOptions?.maxStreamDuration) ?? 0,
    },
    upgrades: new Map(
      message.upgradeConfigs.map(({ upgradeType, enabled }) => [
        upgradeType.toLowerCase(),
        enabled ?? true,
      ]),
    ),
    codecOptions: compileCodecOptions(message),
    bufferLimitBytes: DEFAULT_BUFFER_BYTES,
  };
}

function compileCodec(type: CodecType): HcmConfig["codec"] {
  switch (type) {
    case CodecType.AUTO:
      return "auto";
    case CodecType.HTTP1:
      return "http1";
    case CodecType.HTTP2:
      return "http2";
    default:
      throw new ConfigError("codec_type", "HTTP/3 is not supported");
  }
}

function compileRoutes(message: HttpConnectionManager): HcmConfig["routes"] {
  const specifier = message.routeSpecifier;
  switch (specifier.case) {
    case "routeConfig":
      return { kind: "inline", table: compileRouteTable(specifier.value) };
    case "rds":
      if (specifier.value.routeConfigName === "") {
        throw new ConfigError("rds.route_config_name", "is required");
      }
      return { kind: "rds", name: specifier.value.routeConfigName };
    case "scopedRoutes":
      throw new ConfigError("scoped_routes", "is not supported");
    default:
      throw new ConfigError("route_specifier", "needs rds or route_config");
  }
}

function compileRequestRules(message: HttpConnectionManager): RequestRules {
  const certificate = message.setCurrentClientCertDetails;
  const stripsAny =
    message.stripPortMode.case === "stripAnyHostPort" && message.stripPortMode.value;
  return {
    path: {
      normalize: message.normalizePath ?? false,
      mergeSlashes: message.mergeSlashes,
      escapedSlashes: ESCAPED_SLASHES[message.pathWithEscapedSlashesAction],
    },
    forwarded: {
      useRemoteAddress: message.useRemoteAddress ?? false,
      xffNumTrustedHops: message.xffNumTrustedHops,
      skipXffAppend: message.skipXffAppend,
      appendXForwardedPort: message.appendXForwardedPort,
    },
    clientCertificate: {
      mode: CLIENT_CERT[message.forwardClientCertDetails],
      subject: certificate?.subject ?? false,
      uri: certificate?.uri ?? false,
      dns: certificate?.dns ?? false,
      cert: certificate?.cert ?? false,
    },
    generateRequestId: message.generateRequestId ?? true,
    preserveExternalRequestId: message.preserveExternalRequestId,
    hostPort: stripsAny ? "strip-any" : message.stripMatchingHostPort ? "strip-matching" : "keep",
    stripTrailingHostDot: message.stripTrailingHostDot,
    via: message.via,
  };
}

function compileCodecOptions(message: HttpConnectionManager): CodecOptions {
  const common = message.commonHttpProtocolOptions;
  const headersMs = message.requestHeadersTimeout;
  return {
    ...DEFAULT_CODEC_OPTIONS,
    ...(message.maxRequestHeadersKb !== undefined && {
      maxHeaderBytes: message.maxRequestHeadersKb * 1024,
    }),
    ...(common?.maxHeadersCount !== undefined && { maxHeaderCount: common.maxHeadersCount }),
    ...(headersMs !== undefined && { headerTimeoutMs: durationMs(headersMs) }),
    ...(common?.idleTimeout !== undefined && { idleTimeoutMs: durationMs(common.idleTimeout) }),
  };
}

const SERVER_HEADER: Readonly<Record<ServerHeader, ResponseRules["serverHeader"]>> = {
  [ServerHeader.OVERWRITE]: "overwrite",
  [ServerHeader.APPEND_IF_ABSENT]: "append-if-absent",
  [ServerHeader.PASS_THROUGH]: "pass-through",
};

const CLIENT_CERT: Readonly<Record<ClientCert, ClientCertificateMode>> = {
  [ClientCert.SANITIZE]: "SANITIZE",
  [ClientCert.FORWARD_ONLY]: "FORWARD_ONLY",
  [ClientCert.APPEND_FORWARD]: "APPEND_FORWARD",
  [ClientCert.SANITIZE_SET]: "SANITIZE_SET",
  [ClientCert.ALWAYS_FORWARD_ONLY]: "ALWAYS_FORWARD_ONLY",
};

const ESCAPED_SLASHES: Readonly<Record<EscapedSlashesAction, EscapedSlashes>> = {
  // Envoy leaves the default open; ours is the safe one: an escaped slash has two readings.
  [EscapedSlashesAction.IMPLEMENTATION_SPECIFIC_DEFAULT]: "reject",
  [EscapedSlashesAction.KEEP_UNCHANGED]: "keep",
  [EscapedSlashesAction.REJECT_REQUEST]: "reject",
  [EscapedSlashesAction.UNESCAPE_AND_REDIRECT]: "redirect",
  [EscapedSlashesAction.UNESCAPE_AND_FORWARD]: "unescape",
};
