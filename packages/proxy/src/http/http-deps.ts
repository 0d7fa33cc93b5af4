import type { Duplex } from "node:stream";
import type { Clock, Log, Random } from "@weft/core";
import type { AccessLogSinks } from "../access-log/sink.ts";
import type { ClusterManager } from "../cluster/cluster.ts";
import type { ServerCodec, ServerHandler } from "../codec/codec.ts";
import type { CodecOptions } from "../codec/codec-options.ts";
import type { RouteTable } from "../route/route-table.ts";
import type { Stats } from "../stats/stats.ts";
import type { Peer } from "../telemetry/peer.ts";

/** RDS as the connection manager sees it; tables are immutable and swapped whole. */
export interface RouteTables {
  get(name: string): RouteTable | undefined;
}

/** Makes the downstream end of one wire format. */
export type ServerCodecFactory = (
  socket: Duplex,
  handler: ServerHandler,
  options: CodecOptions,
  clock: Clock,
) => ServerCodec;

/** One factory for each protocol that AUTO may choose. */
export interface ServerCodecs {
  readonly http1: ServerCodecFactory;
  readonly http2: ServerCodecFactory;
}

/** What all connection managers of a proxy share. */
export interface HttpDeps {
  readonly clusters: ClusterManager;
  readonly routes: RouteTables;
  readonly clock: Clock;
  readonly random: Random;
  readonly stats: Stats;
  /** This proxy's own workload, for metrics and peer metadata. */
  readonly node: Peer;
  readonly accessLogs: AccessLogSinks;
  readonly log: Log;
  /** The real ones when absent. */
  readonly codecs?: ServerCodecs;
}

/** What the listener knows about itself. */
export interface ListenerFacts {
  readonly listenerName: string;
  readonly direction: "inbound" | "outbound" | "unspecified";
}
