import type { StreamInfo } from "../../http/stream-info.ts";
import {
  type DestinationService,
  destinationService,
} from "../../telemetry/destination-service.ts";
import type { IstioLabelFacts } from "../../telemetry/istio-labels.ts";
import { type Peer, peerFromEndpoint } from "../../telemetry/peer.ts";

/** Parsed once per endpoint and cluster: metrics find their counters by these objects' identity. */
export class LabelSources {
  readonly #peers = new WeakMap<object, Peer | undefined>();
  readonly #services = new WeakMap<object, DestinationService>();

  /** What the control plane said about the endpoint, for upstreams that do not introduce themselves. */
  endpointPeer(info: StreamInfo): Peer | undefined {
    const metadata = info.upstreamHost?.metadata;
    if (metadata === undefined) return undefined;
    if (!this.#peers.has(metadata)) {
      const workload = metadata.istio?.workload;
      this.#peers.set(
        metadata,
        typeof workload === "string" ? peerFromEndpoint(workload) : undefined,
      );
    }
    return this.#peers.get(metadata);
  }

  service(info: StreamInfo): DestinationService {
    const metadata = info.upstreamClusterMetadata;
    if (metadata === undefined) return destinationService(info.upstreamCluster, undefined);
    let service = this.#services.get(metadata);
    if (service === undefined) {
      service = destinationService(info.upstreamCluster, metadata);
      this.#services.set(metadata, service);
    }
    return service;
  }
}

/** As whom a filter reports; the same for all its streams. */
export interface ReporterRole {
  readonly node: Peer;
  readonly reporter: "source" | "destination";
  /** The caller's Host stands in for an unknown service; not where strangers may choose it. */
  readonly usesHostHeader: boolean;
}

/** What one finished request means in Istio's labels, as seen in `role`. */
export function requestLabelFacts(
  info: StreamInfo,
  { node, reporter, usesHostHeader }: ReporterRole,
  sources: LabelSources,
): IstioLabelFacts {
  const isSource = reporter === "source";
  const service = sources.service(info);
  const host = service.host === "" && usesHostHeader ? info.originalAuthority : service.host;
  const tls = isSource ? info.upstream?.tls : info.connection.tls;
  const peerSan = tls?.peerUriSans[0] ?? "";
  const ownSan = tls?.localUriSans[0] ?? "";
  const isMutual = peerSan !== "" && ownSan !== "";
  return {
    reporter,
    source: isSource ? node : info.downstreamPeer,
    sourcePrincipal: isMutual ? (isSource ? ownSan : peerSan) : "",
    destination: isSource ? (info.upstreamPeer ?? sources.endpointPeer(info)) : node,
    destinationPrincipal: isMutual ? (isSource ? peerSan : ownSan) : "",
    destinationService: host,
    destinationServiceName: service.name === "" ? host : service.name,
    destinationServiceNamespace:
      service.namespace === "" && !isSource ? node.namespace : service.namespace,
    requestProtocol: info.isGrpc ? "grpc" : "http",
    responseCode: String(info.responseCode),
    grpcStatus: info.isGrpc ? (info.grpcStatus ?? "") : "",
    responseFlags: info.flags.join(","),
    // Only the receiving end knows for sure; Istio's source reports "unknown".
    securityPolicy: isSource ? "unknown" : isMutual ? "mutual_tls" : "none",
  };
}
