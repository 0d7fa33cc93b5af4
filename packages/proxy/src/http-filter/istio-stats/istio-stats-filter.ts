import { type PluginConfig, Reporter } from "@weft/api/stats/config_pb.js";
import type { FilterStream, HttpFilter, HttpFilterFactory } from "../../http/filter.ts";
import type { HttpDeps, ListenerFacts } from "../../http/http-deps.ts";
import type { Peer } from "../../telemetry/peer.ts";
import { IstioRequestMetrics } from "./istio-request-metrics.ts";
import { LabelSources, requestLabelFacts } from "./request-label-facts.ts";

/** Counts each finished request with Istio's labels. Outbound is the source's report, inbound the other's. */
export function createIstioStatsFactory(
  config: PluginConfig,
  deps: HttpDeps,
  facts: ListenerFacts,
): HttpFilterFactory {
  const isDestination =
    facts.direction === "inbound" || config.reporter === Reporter.SERVER_GATEWAY;
  const metrics = new IstioRequestMetrics(deps.stats);
  const sources = new LabelSources();
  const reporter = isDestination ? "destination" : "source";
  return (stream) => new IstioStatsFilter(stream, metrics, sources, deps.node, reporter);
}

class IstioStatsFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #metrics: IstioRequestMetrics;
  readonly #sources: LabelSources;
  readonly #node: Peer;
  readonly #reporter: "source" | "destination";

  constructor(
    stream: FilterStream,
    metrics: IstioRequestMetrics,
    sources: LabelSources,
    node: Peer,
    reporter: "source" | "destination",
  ) {
    this.#stream = stream;
    this.#metrics = metrics;
    this.#sources = sources;
    this.#node = node;
    this.#reporter = reporter;
  }

  onStreamClosed(): void {
    const { info } = this.#stream;
    const facts = requestLabelFacts(info, this.#node, this.#reporter, this.#sources);
    this.#metrics.record(info, facts);
  }
}
