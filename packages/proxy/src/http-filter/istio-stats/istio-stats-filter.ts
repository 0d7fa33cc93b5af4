import { type PluginConfig, Reporter } from "@weft/api/stats/config_pb.js";
import type { FilterStream, HttpFilter, HttpFilterFactory } from "../../http/filter.ts";
import type { HttpDeps, ListenerFacts } from "../../http/http-deps.ts";
import { IstioRequestMetrics } from "./istio-request-metrics.ts";
import { LabelSources, type ReporterRole, requestLabelFacts } from "./request-label-facts.ts";

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
  const role: ReporterRole = {
    node: deps.node,
    reporter: isDestination ? "destination" : "source",
    usesHostHeader: !config.disableHostHeaderFallback,
  };
  return (stream) => new IstioStatsFilter(stream, metrics, sources, role);
}

class IstioStatsFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #metrics: IstioRequestMetrics;
  readonly #sources: LabelSources;
  readonly #role: ReporterRole;

  constructor(
    stream: FilterStream,
    metrics: IstioRequestMetrics,
    sources: LabelSources,
    role: ReporterRole,
  ) {
    this.#stream = stream;
    this.#metrics = metrics;
    this.#sources = sources;
    this.#role = role;
  }

  onStreamClosed(): void {
    const { info } = this.#stream;
    const facts = requestLabelFacts(info, this.#role, this.#sources);
    this.#metrics.record(info, facts);
  }
}
