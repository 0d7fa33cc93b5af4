/**
 * The HTTP end of a listener's filter chain: takes an accepted connection, chooses the codec, and runs
 * each request of it as an `ActiveStream` through the configured filters.
 */
import type { HttpConnectionManager } from "@weft/api/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { ConfigError, toError } from "@weft/core";
import type {
  DrainOptions,
  RequestReceiver,
  ServerCodec,
  ServerHandler,
  ServerStream,
} from "../codec/codec.ts";
import { createHttp1ServerCodec } from "../codec/http1/server-codec.ts";
import { createHttp2ServerCodec } from "../codec/http2/server-codec.ts";
import type {
  ConnectionHandler,
  DownstreamConnection,
  NetworkFilter,
} from "../listener/downstream-connection.ts";
import { matchRoute } from "../route/match-route.ts";
import { compileHcmConfig, type HcmConfig } from "./hcm-config.ts";
import { createHcmStats, type HcmStats } from "./hcm-stats.ts";
import type { HttpDeps, ListenerFacts, ServerCodecs } from "./http-deps.ts";
import { sniffPreface } from "./preface-sniffer.ts";
import { DateHeader } from "./response/prepare-response.ts";
import { ActiveStream } from "./stream/active-stream.ts";
import type { StreamContext } from "./stream/stream-context.ts";

const SERVER_CODECS: ServerCodecs = {
  http1: createHttp1ServerCodec,
  http2: createHttp2ServerCodec,
};

/** Compiles the filter's config. Throws `ConfigError` for what is wrong or not supported. */
export function createHttpConnectionManager(
  message: HttpConnectionManager,
  deps: HttpDeps,
  facts: ListenerFacts,
): NetworkFilter {
  if (message.statPrefix === "") throw new ConfigError("stat_prefix", "is required");
  const config = compileHcmConfig(message, deps, facts);
  const stats = createHcmStats(deps.stats, config.statPrefix);
  const context = {
    config,
    deps,
    date: new DateHeader(deps.clock),
    matchRoute: routeMatcher(config, deps),
  };
  return (connection, onClosed) => new HttpConnection(connection, context, stats, onClosed);
}

/** RDS tables are looked up per request, so that a swapped one holds for the next request. */
function routeMatcher(config: HcmConfig, deps: HttpDeps): StreamContext["matchRoute"] {
  const { routes } = config;
  if (routes.kind === "inline") return (request) => matchRoute(routes.table, request, deps.random);
  return (request) => {
    const table = deps.routes.get(routes.name);
    return table === undefined ? undefined : matchRoute(table, request, deps.random);
  };
}

/** One downstream connection and its streams. */
class HttpConnection implements ConnectionHandler, ServerHandler, StreamContext {
  readonly config: HcmConfig;
  readonly deps: HttpDeps;
  readonly date: DateHeader;
  readonly matchRoute: StreamContext["matchRoute"];
  readonly #connection: DownstreamConnection;
  readonly #stats: HcmStats;
  readonly #onClosed: () => void;
  readonly #streams = new Set<ActiveStream>();
  #codec: ServerCodec | undefined;
  #draining: DrainOptions | undefined;
  #isClosed = false;

  constructor(
    connection: DownstreamConnection,
    shared: Pick<StreamContext, "config" | "deps" | "date" | "matchRoute">,
    stats: HcmStats,
    onClosed: () => void,
  ) {
    this.config = shared.config;
    this.deps = shared.deps;
    this.date = shared.date;
    this.matchRoute = shared.matchRoute;
    this.#connection = connection;
    this.#stats = stats;
    this.#onClosed = onClosed;
    stats.connectionOpened();
    this.#chooseCodec();
  }

  onRequest(stream: ServerStream): RequestReceiver {
    const active = new ActiveStream(stream, this.#connection, this);
    this.#streams.add(active);
    this.#stats.requestStarted();
    active.start();
    return active;
  }

  onProtocolError(detail: string, status: number): void {
    this.#stats.protocolError(status);
    this.deps.log.info("refused a malformed request", {
      listener: this.#connection.listenerName,
      peer: this.#connection.remote.address,
      status,
      detail,
    });
  }

  onClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stream of [...this.#streams]) stream.abandon();
    this.#stats.connectionClosed();
    this.#onClosed();
  }

  onFilterThrew(thrown: unknown): void {
    const { message, stack } = toError(thrown);
    this.#stats.filterThrew();
    this.deps.log.error("a bug ended a request; please report it", {
      listener: this.#connection.listenerName,
      reason: stack ?? message,
    });
  }

  onStreamClosed(stream: ActiveStream): void {
    this.#streams.delete(stream);
    this.#stats.requestEnded(stream.info);
    for (const accessLog of this.config.accessLogs) accessLog.write(stream.info);
  }

  drain(options: DrainOptions = { keepsIdle: false }): void {
    this.#draining = options;
    if (this.#codec !== undefined) this.#codec.drain(options);
    // Without a codec nothing has been asked yet.
    else if (!options.keepsIdle) this.#connection.socket.destroy();
  }

  destroy(): void {
    if (this.#codec === undefined) this.#connection.socket.destroy();
    else this.#codec.destroy();
  }

  #chooseCodec(): void {
    const { applicationProtocol } = this.#connection;
    if (this.config.codec !== "auto") this.#start(this.config.codec);
    else if (applicationProtocol === "h2" || applicationProtocol === "h2c") this.#start("http2");
    else if (applicationProtocol.startsWith("http/1")) this.#start("http1");
    else {
      const { codecOptions } = this.config;
      sniffPreface(this.#connection.socket, codecOptions, this.deps.clock, (protocol) => {
        if (protocol === "closed") this.onClosed();
        else this.#start(protocol);
      });
    }
  }

  #start(protocol: "http1" | "http2"): void {
    const codecs = this.deps.codecs ?? SERVER_CODECS;
    const { socket } = this.#connection;
    this.#codec = codecs[protocol](socket, this, this.config.codecOptions, this.deps.clock);
    if (this.#draining !== undefined) this.#codec.drain(this.#draining);
  }
}
