import {
  VirtualHost_TlsRequirementType as RequirementCode,
  type Route as RouteMessage,
  type VirtualHost as VirtualHostMessage,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type { RouteConfiguration } from "@weft/api/envoy/config/route/v3/route_pb.js";
import { ConfigError } from "@weft/core";
import { compileRouteFilterConfigs } from "../http-filter/route-filter-config.ts";
import { clusterNamesOf } from "./action/cluster-choice.ts";
import { compileMirrorPolicies, type MirrorPolicy } from "./action/mirror-policy.ts";
import { compileRoute, type RouteContext } from "./compile-route.ts";
import { knownEnum } from "./known-enum.ts";
import { createDomainIndex } from "./match/domain-index.ts";
import { compileHeaderMutations, type HeaderMutations } from "./mutation/header-mutations.ts";
import type { Route, RouteTable, TlsRequirement, VirtualHost } from "./route-table.ts";

const TLS_REQUIREMENTS: Readonly<Record<RequirementCode, TlsRequirement>> = {
  [RequirementCode.NONE]: "none",
  [RequirementCode.EXTERNAL_ONLY]: "external",
  [RequirementCode.ALL]: "all",
};

/** What all virtual hosts of a table share. */
interface TableContext {
  readonly filterConfigs: ReadonlyMap<string, unknown>;
  readonly requestMutations: HeaderMutations;
  readonly responseMutations: HeaderMutations;
  readonly mirrors: readonly MirrorPolicy[];
  readonly mostSpecificLast: boolean;
  readonly maxDirectResponseBodyBytes: number;
}

/** Makes the table that `matchRoute` reads. Throws `ConfigError`: the caller rejects the resource. */
export function compileRouteTable(message: RouteConfiguration): RouteTable {
  const field = message.name === "" ? "route_config" : message.name;
  refuseUnsupported(message, field);
  const context: TableContext = {
    filterConfigs: compileRouteFilterConfigs(message.typedPerFilterConfig, field),
    requestMutations: compileHeaderMutations(
      message.requestHeadersToAdd,
      message.requestHeadersToRemove,
      `${field}.request_headers`,
    ),
    responseMutations: compileHeaderMutations(
      message.responseHeadersToAdd,
      message.responseHeadersToRemove,
      `${field}.response_headers`,
    ),
    mirrors: compileMirrorPolicies(message.requestMirrorPolicies, field),
    mostSpecificLast: message.mostSpecificHeaderMutationsWins,
    maxDirectResponseBodyBytes: message.maxDirectResponseBodySizeBytes ?? 4096,
  };
  const clusterNames = new Set<string>();
  const entries: [string, VirtualHost][] = [];
  for (const [index, virtualHostMessage] of message.virtualHosts.entries()) {
    const virtualHostField = `${field}.virtual_hosts[${index}]`;
    const virtualHost = compileVirtualHost(virtualHostMessage, context, virtualHostField);
    for (const { action } of virtualHost.routes) {
      if (action.kind !== "forward") continue;
      for (const name of clusterNamesOf(action.clusters)) clusterNames.add(name);
      for (const { cluster } of action.mirrors) clusterNames.add(cluster);
    }
    for (const domain of virtualHostMessage.domains) entries.push([domain, virtualHost]);
  }
  return {
    name: message.name,
    domains: createDomainIndex(entries, `${field}.virtual_hosts`),
    ignorePort: message.ignorePortInHostMatching,
    clusterNames: [...clusterNames],
  };
}

function compileVirtualHost(
  message: VirtualHostMessage,
  table: TableContext,
  field: string,
): VirtualHost {
  if (message.domains.length === 0) throw new ConfigError(`${field}.domains`, "must not be empty");
  refuse(message.matcher !== undefined, `${field}.matcher`);
  refuse(message.rateLimits.length > 0, `${field}.rate_limits`);
  refuse(message.cors !== undefined, `${field}.cors (use typed_per_filter_config)`);
  refuse(message.hedgePolicy !== undefined, `${field}.hedge_policy`);
  refuse(message.retryPolicyTypedConfig !== undefined, `${field}.retry_policy_typed_config`);
  const routes: Route[] = [];
  const virtualHost: VirtualHost = {
    name: message.name,
    routes,
    tlsRequirement: knownEnum(TLS_REQUIREMENTS, message.requireTls, `${field}.require_tls`),
    includeRequestAttemptCount: message.includeRequestAttemptCount,
    includeAttemptCountInResponse: message.includeAttemptCountInResponse,
  };
  const mirrors = compileMirrorPolicies(message.requestMirrorPolicies, field);
  const context: RouteContext = {
    virtualHost,
    filterConfigs: new Map([
      ...table.filterConfigs,
      ...compileRouteFilterConfigs(message.typedPerFilterConfig, field),
    ]),
    requestMutations: [
      compileHeaderMutations(
        message.requestHeadersToAdd,
        message.requestHeadersToRemove,
        `${field}.request_headers`,
      ),
      table.requestMutations,
    ],
    responseMutations: [
      compileHeaderMutations(
        message.responseHeadersToAdd,
        message.responseHeadersToRemove,
        `${field}.response_headers`,
      ),
      table.responseMutations,
    ],
    mirrors: mirrors.length > 0 ? mirrors : table.mirrors,
    retryPolicy: message.retryPolicy,
    retryBufferBytes: message.perRequestBufferLimitBytes,
    mostSpecificLast: table.mostSpecificLast,
    maxDirectResponseBodyBytes: table.maxDirectResponseBodyBytes,
  };
  message.routes.forEach((route: RouteMessage, index) => {
    routes.push(compileRoute(route, context, `${field}.routes[${index}]`));
  });
  return virtualHost;
}

function refuseUnsupported(message: RouteConfiguration, field: string): void {
  refuse(message.vhds !== undefined, `${field}.vhds`);
  refuse(message.clusterSpecifierPlugins.length > 0, `${field}.cluster_specifier_plugins`);
  refuse(
    message.ignorePathParametersInPathMatching,
    `${field}.ignore_path_parameters_in_path_matching`,
  );
}

function refuse(isUsed: boolean, field: string): void {
  if (isUsed) throw new ConfigError(field, "is not supported");
}
