import { create, type JsonObject } from "@bufbuild/protobuf";
import { HealthStatus } from "@weft/api/envoy/config/core/v3/health_check_pb.js";
import {
  type LbEndpoint,
  LbEndpointSchema,
  type LocalityLbEndpoints,
  LocalityLbEndpointsSchema,
} from "@weft/api/envoy/config/endpoint/v3/endpoint_components_pb.js";
import {
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
} from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import type { Service } from "../../model/service.ts";
import type { Endpoint } from "../../registry/endpoint.ts";
import { endpointAddress } from "../message/address.ts";
import { compareText, type Scope } from "../scope.ts";
import { speaksMutualTls } from "./speaks-mutual-tls.ts";

/** Istio's name of the only Kubernetes cluster there is. */
const CLUSTER_ID = "Kubernetes";

/** The endpoints of one cluster by locality, and whether each of them speaks mutual TLS. */
export function buildLoadAssignment(
  clusterName: string,
  endpoints: readonly Endpoint[],
  service: Service,
  scope: Scope,
): ClusterLoadAssignment {
  const localities = new Map<string, LbEndpoint[]>();
  for (const [index, endpoint] of endpoints.entries()) {
    const locality = localityOf(endpoint, service);
    const members = localities.get(locality) ?? [];
    members.push(buildEndpoint(endpoint, index, service, scope));
    localities.set(locality, members);
  }
  const sorted = [...localities].sort(([a], [b]) => compareText(a, b));
  return create(ClusterLoadAssignmentSchema, {
    clusterName,
    endpoints: sorted.map(([locality, members]) => buildLocality(locality, members)),
  });
}

function buildLocality(locality: string, members: readonly LbEndpoint[]): LocalityLbEndpoints {
  const [region = "", zone = "", subZone = ""] = locality.split("/");
  const weights = members.map((each) => each.loadBalancingWeight ?? 1);
  return create(LocalityLbEndpointsSchema, {
    locality: { region, zone, subZone },
    lbEndpoints: [...members],
    loadBalancingWeight: weights.reduce((sum, weight) => sum + weight, 0),
  });
}

function buildEndpoint(
  endpoint: Endpoint,
  index: number,
  service: Service,
  scope: Scope,
): LbEndpoint {
  const { address, port, weight } = endpoint;
  const filterMetadata: { [name: string]: JsonObject } = {
    istio: { workload: workloadText(endpoint, index, service) },
  };
  if (speaksMutualTls(endpoint, service, scope)) {
    filterMetadata["envoy.transport_socket_match"] = { tlsMode: "istio" };
  }
  return create(LbEndpointSchema, {
    hostIdentifier: {
      case: "endpoint",
      value: { address: endpointAddress(address, port), healthCheckConfig: {} },
    },
    healthStatus: HealthStatus.HEALTHY,
    metadata: { filterMetadata },
    loadBalancingWeight: weight,
  });
}

/** `name;namespace;canonical name;canonical revision;cluster`, from which telemetry learns the peer. */
function workloadText({ workload, labels }: Endpoint, index: number, service: Service): string {
  // Endpoints of a ServiceEntry have no name of their own: Istio numbers them when there are several.
  const written = service.endpoints.length > 1 ? `${service.name}-${index}` : service.name;
  const name = workload?.workloadName ?? written;
  const namespace = workload?.namespace ?? service.namespace;
  const canonicalName =
    labels["service.istio.io/canonical-name"] ??
    labels["app.kubernetes.io/name"] ??
    labels.app ??
    name;
  const revision =
    labels["service.istio.io/canonical-revision"] ??
    labels["app.kubernetes.io/version"] ??
    labels.version ??
    "";
  return [name, namespace, canonicalName, revision, CLUSTER_ID].join(";");
}

function localityOf(endpoint: Endpoint, service: Service): string {
  if (endpoint.workload !== undefined) return "";
  return service.endpoints.find((each) => each.address === endpoint.address)?.locality ?? "";
}
