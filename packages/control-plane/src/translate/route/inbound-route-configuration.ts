import { create } from "@bufbuild/protobuf";
import {
  DecoratorSchema,
  RouteSchema,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import {
  type RouteConfiguration,
  RouteConfigurationSchema,
} from "@weft/api/envoy/config/route/v3/route_pb.js";
import type { Origin } from "../../model/resource.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { originMetadata } from "../origin.ts";
import { buildInboundRetryPolicy } from "./rule/retry-policy.ts";
import { matchAll } from "./rule/route-match.ts";

/** Where the requests of an inbound port go. */
export interface InboundRoutes {
  /** Also the name of the configuration. */
  readonly cluster: string;
  /** 0: any. */
  readonly port: number;
  /** Host and port of the service, for the span's name; empty host: none. */
  readonly operationHost: string;
  readonly operationPort: number;
  readonly origin: Origin | undefined;
}

/** Everything goes to the own application; the timeout is the caller's affair. */
export function buildInboundRouteConfiguration(inbound: InboundRoutes): RouteConfiguration {
  const { cluster, port, operationHost, operationPort, origin } = inbound;
  const none = durationFromMs(0);
  const route = create(RouteSchema, {
    name: "default",
    match: matchAll(),
    action: {
      case: "route",
      value: {
        clusterSpecifier: { case: "cluster", value: cluster },
        timeout: none,
        retryPolicy: buildInboundRetryPolicy(),
        maxStreamDuration: { maxStreamDuration: none, grpcTimeoutHeaderMax: none },
      },
    },
    decorator: create(DecoratorSchema, { operation: `${operationHost}:${operationPort}/*` }),
    metadata: originMetadata(origin),
  });
  return create(RouteConfigurationSchema, {
    name: cluster,
    virtualHosts: [{ name: `inbound|http|${port}`, domains: ["*"], routes: [route] }],
    validateClusters: false,
  });
}
