import { type Peer, UNKNOWN_PEER } from "./peer.ts";

/** What Istio's labels are made of, for one request or connection. */
export interface IstioLabelFacts {
  readonly reporter: "source" | "destination";
  readonly source: Peer | undefined;
  readonly sourcePrincipal: string;
  readonly destination: Peer | undefined;
  readonly destinationPrincipal: string;
  /** Host name of the service: `reviews.default.svc.cluster.local`. */
  readonly destinationService: string;
  readonly destinationServiceName: string;
  readonly destinationServiceNamespace: string;
  readonly requestProtocol: "http" | "grpc" | "tcp";
  /** Undefined for TCP. */
  readonly responseCode: string | undefined;
  /** Empty when the request was not gRPC. */
  readonly grpcStatus: string;
  readonly responseFlags: string;
  readonly securityPolicy: "mutual_tls" | "none" | "unknown";
}

/** All labels of istio_requests_total and its companions, in Istio's order; missing is "unknown". */
export function istioLabels(facts: IstioLabelFacts): Readonly<Record<string, string>> {
  const source = facts.source ?? UNKNOWN_PEER;
  const destination = facts.destination ?? UNKNOWN_PEER;
  return {
    reporter: facts.reporter,
    source_workload: known(source.workload),
    source_canonical_service: known(source.canonicalService),
    source_canonical_revision: revision(source),
    source_workload_namespace: known(source.namespace),
    source_principal: known(facts.sourcePrincipal),
    source_app: known(source.app),
    source_version: known(source.version),
    source_cluster: known(source.cluster),
    destination_workload: known(destination.workload),
    destination_workload_namespace: known(destination.namespace),
    destination_principal: known(facts.destinationPrincipal),
    destination_app: known(destination.app),
    destination_version: known(destination.version),
    destination_service: known(facts.destinationService),
    destination_canonical_service: known(destination.canonicalService),
    destination_canonical_revision: revision(destination),
    destination_service_name: known(facts.destinationServiceName),
    destination_service_namespace: known(facts.destinationServiceNamespace),
    destination_cluster: known(destination.cluster),
    request_protocol: facts.requestProtocol,
    ...(facts.responseCode !== undefined && {
      response_code: facts.responseCode,
      grpc_response_status: facts.grpcStatus,
    }),
    response_flags: facts.responseFlags === "" ? "-" : facts.responseFlags,
    connection_security_policy: facts.securityPolicy,
  };
}

function known(text: string): string {
  return text === "" ? "unknown" : text;
}

function revision(peer: Peer): string {
  if (peer.canonicalRevision !== "") return peer.canonicalRevision;
  return peer.workload === "" ? "unknown" : "latest";
}
