import { create } from "@bufbuild/protobuf";
import {
  type Filter,
  FilterSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import type { RouteConfiguration } from "@weft/api/envoy/config/route/v3/route_pb.js";
import {
  HttpConnectionManager_ForwardClientCertDetails,
  HttpConnectionManager_PathWithEscapedSlashesAction,
  HttpConnectionManagerSchema,
} from "@weft/api/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { UuidRequestIdConfigSchema } from "@weft/api/envoy/extensions/request_id/uuid/v3/uuid_pb.js";
import { buildAny, buildExtension } from "../message/any.ts";
import { adsConfigSource } from "../message/config-source.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import type { Scope } from "../scope.ts";
import { buildAccessLog } from "./access-log.ts";
import { buildHttpFilters, type Direction } from "./http-filters.ts";

/** One HTTP connection manager. */
export interface HttpManager {
  readonly direction: Direction;
  readonly statPrefix: string;
  /** A name, to be fetched over RDS, or the routes themselves. */
  readonly routes: string | RouteConfiguration;
  /** It is a forward proxy: CONNECT is for it, too. */
  readonly acceptsConnect?: boolean;
}

/** Builds the network filter with Istio's defaults for its direction. */
export function buildHttpManager(manager: HttpManager, scope: Scope): Filter {
  const { direction, statPrefix, acceptsConnect = false } = manager;
  return create(
    FilterSchema,
    buildExtension("envoy.filters.network.http_connection_manager", HttpConnectionManagerSchema, {
      statPrefix: `${statPrefix};`,
      ...routeSpecifier(manager.routes),
      httpFilters: buildHttpFilters(direction, scope),
      accessLog: buildAccessLog(scope.config),
      useRemoteAddress: direction === "gateway",
      ...directionFields(direction),
      proxy100Continue: true,
      upgradeConfigs: [
        { upgradeType: "websocket" },
        ...(acceptsConnect ? [{ upgradeType: "CONNECT" }] : []),
      ],
      // Streams may be silent for as long as they like; connections have their own idle timeout.
      streamIdleTimeout: durationFromMs(0),
      normalizePath: true,
      pathWithEscapedSlashesAction:
        HttpConnectionManager_PathWithEscapedSlashesAction.KEEP_UNCHANGED,
      requestIdExtension: {
        typedConfig: buildAny(UuidRequestIdConfigSchema, { useRequestIdForTraceSampling: true }),
      },
    }),
  );
}

/** Who the client was (XFCC): gateways begin the list, inbound proxies add to it, outbound ones keep out. */
function directionFields(direction: Direction) {
  const serverName = "istio-envoy";
  const details = { subject: true, dns: true, uri: true };
  const { APPEND_FORWARD, SANITIZE_SET } = HttpConnectionManager_ForwardClientCertDetails;
  switch (direction) {
    case "inbound":
      return {
        serverName,
        forwardClientCertDetails: APPEND_FORWARD,
        setCurrentClientCertDetails: details,
      };
    case "outbound":
      return {};
    case "gateway":
      return {
        serverName,
        httpProtocolOptions: {},
        forwardClientCertDetails: SANITIZE_SET,
        setCurrentClientCertDetails: { ...details, cert: true },
      };
  }
}

function routeSpecifier(routes: HttpManager["routes"]) {
  if (typeof routes !== "string") {
    return { routeSpecifier: { case: "routeConfig", value: routes } } as const;
  }
  const rds = { configSource: adsConfigSource(), routeConfigName: routes };
  return { routeSpecifier: { case: "rds", value: rds } } as const;
}
