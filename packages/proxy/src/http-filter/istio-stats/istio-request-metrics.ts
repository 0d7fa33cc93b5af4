import type { StreamInfo } from "../../http/stream-info.ts";
import type { Counter, Histogram, Stats } from "../../stats/stats.ts";
import { type IstioLabelFacts, istioLabels } from "../../telemetry/istio-labels.ts";
import type { Peer } from "../../telemetry/peer.ts";

/** The metrics of one set of labels. */
interface RequestMetrics {
  readonly requests: Counter;
  readonly durations: Histogram;
  readonly requestBytes: Histogram;
  readonly responseBytes: Histogram;
  /** Only gRPC has messages. */
  readonly requestMessages: Counter | undefined;
  readonly responseMessages: Counter | undefined;
}

/** Codes, flags and hosts of strangers could multiply without end; beyond this they share one set. */
const MAX_LABEL_SETS = 10_000;

/** istio_requests_total and its companions. Label sets are built once and found again by their parts. */
export class IstioRequestMetrics {
  readonly #stats: Stats;
  /** By peers first, whose identity is stable, so that the text key stays short. */
  readonly #bySource = new Map<
    Peer | undefined,
    Map<Peer | undefined, Map<string, RequestMetrics>>
  >();
  #setCount = 0;

  constructor(stats: Stats) {
    this.#stats = stats;
  }

  record(info: StreamInfo, facts: IstioLabelFacts): void {
    const metrics = this.#metricsFor(facts);
    metrics.requests.add(1);
    metrics.durations.observe(info.endMs - info.startMs);
    metrics.requestBytes.observe(info.bytesReceived);
    metrics.responseBytes.observe(info.bytesSent);
    if (info.grpcRequestMessages > 0) metrics.requestMessages?.add(info.grpcRequestMessages);
    if (info.grpcResponseMessages > 0) metrics.responseMessages?.add(info.grpcResponseMessages);
  }

  #metricsFor(facts: IstioLabelFacts): RequestMetrics {
    const key = `${facts.responseCode} ${facts.responseFlags} ${facts.grpcStatus} ${facts.requestProtocol} ${facts.destinationService} ${facts.sourcePrincipal} ${facts.destinationPrincipal} ${facts.securityPolicy}`;
    const found = this.#bySource.get(facts.source)?.get(facts.destination)?.get(key);
    if (found !== undefined) return found;
    if (this.#setCount >= MAX_LABEL_SETS) return this.#create(anonymous(facts));
    this.#setCount += 1;
    const metrics = this.#create(facts);
    this.#innerMap(facts.source, facts.destination).set(key, metrics);
    return metrics;
  }

  #innerMap(source: Peer | undefined, destination: Peer | undefined): Map<string, RequestMetrics> {
    let byDestination = this.#bySource.get(source);
    if (byDestination === undefined) {
      byDestination = new Map();
      this.#bySource.set(source, byDestination);
    }
    let byKey = byDestination.get(destination);
    if (byKey === undefined) {
      byKey = new Map();
      byDestination.set(destination, byKey);
    }
    return byKey;
  }

  #create(facts: IstioLabelFacts): RequestMetrics {
    const stats = this.#stats;
    const labels = istioLabels(facts);
    const isGrpc = facts.requestProtocol === "grpc";
    return {
      requests: stats.counter("istio_requests_total", labels),
      durations: stats.histogram("istio_request_duration_milliseconds", labels),
      requestBytes: stats.histogram("istio_request_bytes", labels),
      responseBytes: stats.histogram("istio_response_bytes", labels),
      requestMessages: isGrpc ? stats.counter("istio_request_messages_total", labels) : undefined,
      responseMessages: isGrpc ? stats.counter("istio_response_messages_total", labels) : undefined,
    };
  }
}

/** Keeps what is bounded: who reports, the code and the flags. */
function anonymous(facts: IstioLabelFacts): IstioLabelFacts {
  return {
    ...facts,
    source: undefined,
    destination: undefined,
    sourcePrincipal: "",
    destinationPrincipal: "",
    destinationService: "",
    destinationServiceName: "",
    destinationServiceNamespace: "",
  };
}
