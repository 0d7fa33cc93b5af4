import {
  Cluster_DiscoveryType,
  Cluster_DnsLookupFamily,
} from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { Service } from "../../model/service.ts";
import type { Endpoint } from "../../registry/endpoint.ts";
import { buildLoadAssignment } from "../endpoint/load-assignment.ts";
import { adsConfigSource } from "../message/config-source.ts";
import { durationFromMs } from "../message/wire-duration.ts";
import type { Scope } from "../scope.ts";

/** How a proxy finds the endpoints of an outbound cluster. */
export type Discovery = "eds" | "strict-dns" | "logical-dns" | "original-dst";

/** A name is looked up again at its TTL, and after this long where a look-up failed. */
const DNS_REFRESH_MS = 60_000;

/**
 * How `service` is found by this proxy. `undefined`: it cannot be: only captured traffic has an original
 * destination, and a wildcard has no address of its own.
 */
export function discoveryOf(service: Service, { proxy }: Scope): Discovery | undefined {
  const captures = proxy.kind === "sidecar" && proxy.interceptionMode === "REDIRECT";
  switch (service.resolution) {
    case "eds":
      return captures && service.isHeadless ? "original-dst" : "eds";
    case "static":
      return "eds";
    case "dns":
      return "strict-dns";
    case "dns-round-robin":
      return "logical-dns";
    case "none":
      if (captures) return "original-dst";
      // As istiod does: a gateway has no original destination, so the cluster stays empty.
      if (proxy.kind === "router") return "eds";
      return service.hostname.startsWith("*") ? undefined : "strict-dns";
  }
}

/** The fields that say so. `endpoints` counts where they are part of the cluster itself. */
export function discoveryFields(
  discovery: Discovery,
  clusterName: string,
  endpoints: readonly Endpoint[],
  service: Service,
  scope: Scope,
) {
  switch (discovery) {
    case "eds":
      return {
        ...discoveryType(Cluster_DiscoveryType.EDS),
        edsClusterConfig: { edsConfig: adsConfigSource(), serviceName: clusterName },
      };
    case "strict-dns":
    case "logical-dns":
      return {
        ...discoveryType(
          discovery === "strict-dns"
            ? Cluster_DiscoveryType.STRICT_DNS
            : Cluster_DiscoveryType.LOGICAL_DNS,
        ),
        dnsRefreshRate: durationFromMs(DNS_REFRESH_MS),
        respectDnsTtl: true,
        dnsLookupFamily: Cluster_DnsLookupFamily.V4_ONLY,
        loadAssignment: buildLoadAssignment(clusterName, endpoints, service, scope),
      };
    case "original-dst":
      return discoveryType(Cluster_DiscoveryType.ORIGINAL_DST);
  }
}

function discoveryType(value: Cluster_DiscoveryType) {
  return { clusterDiscoveryType: { case: "type", value } as const };
}
