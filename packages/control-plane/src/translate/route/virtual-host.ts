import { create } from "@bufbuild/protobuf";
import {
  DecoratorSchema,
  type Route,
  RouteSchema,
  type VirtualHost,
  VirtualHostSchema,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type { Service, ServicePort } from "../../model/service.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import { CLUSTER, outboundClusterName } from "../names.ts";
import { originMetadata } from "../origin.ts";
import type { Scope } from "../scope.ts";
import { buildRetryPolicy } from "./rule/retry-policy.ts";
import { matchAll } from "./rule/route-match.ts";

/** A virtual host as Istio makes them: attempts are counted in `x-envoy-attempt-count`. */
export function buildVirtualHost(
  name: string,
  domains: readonly string[],
  routes: readonly Route[],
): VirtualHost {
  return create(VirtualHostSchema, {
    name,
    domains: [...domains],
    routes: [...routes],
    includeRequestAttemptCount: true,
  });
}

/**
 * Envoy refuses a configuration in which two virtual hosts have one domain: the first keeps it. A host
 * that has none left is dropped.
 */
export function uniqueDomains(hosts: readonly VirtualHost[]): VirtualHost[] {
  const taken = new Set<string>();
  const kept: VirtualHost[] = [];
  for (const host of hosts) {
    host.domains = host.domains.filter((domain) => {
      const key = domain.toLowerCase();
      const isNew = !taken.has(key);
      taken.add(key);
      return isNew;
    });
    if (host.domains.length > 0) kept.push(host);
  }
  return kept;
}

/** What a service's port does when no VirtualService says otherwise. */
export function buildDefaultRoute(service: Service, { port }: ServicePort, scope: Scope): Route {
  const { hostname: host, origin } = service;
  const timeout = durationFromMs(0);
  const retryPolicy = buildRetryPolicy(undefined, scope);
  return create(RouteSchema, {
    name: "default",
    match: matchAll(),
    action: {
      case: "route",
      value: {
        clusterSpecifier: {
          case: "cluster",
          value: outboundClusterName({ port, subset: "", host }),
        },
        timeout,
        maxGrpcTimeout: timeout,
        ...(retryPolicy === undefined ? {} : { retryPolicy }),
      },
    },
    metadata: originMetadata(origin),
    decorator: create(DecoratorSchema, { operation: `${host}:${port}/*` }),
  });
}

/** What happens to hosts that no service or VirtualService has: as the outbound traffic policy says. */
export function buildUnknownHosts({ config, proxy }: Scope): VirtualHost {
  if (config.outboundTrafficPolicy === "REGISTRY_ONLY") {
    return buildVirtualHost("block_all", ["*"], [blockAll("")]);
  }
  // An explicit proxy has no original destination to pass the connection on to, and resolves no names
  // for strangers: they are refused, and told what to do.
  if (proxy.interceptionMode === "NONE") {
    return buildVirtualHost("allow_any", ["*"], [blockAll(UNKNOWN_HOST)]);
  }
  const timeout = durationFromMs(0);
  const route = create(RouteSchema, {
    name: "allow_any",
    match: matchAll(),
    action: {
      case: "route",
      value: {
        clusterSpecifier: { case: "cluster", value: CLUSTER.passthrough },
        timeout,
        maxGrpcTimeout: timeout,
      },
    },
  });
  return buildVirtualHost("allow_any", ["*"], [route]);
}

const UNKNOWN_HOST =
  "weft: the mesh knows no service of this name and port; add a ServiceEntry (resolution: DNS) for it\n";

function blockAll(body: string): Route {
  return create(RouteSchema, {
    name: "block_all",
    match: matchAll(),
    action: {
      case: "directResponse",
      value: {
        status: 502,
        ...(body === "" ? {} : { body: { specifier: { case: "inlineString", value: body } } }),
      },
    },
  });
}
