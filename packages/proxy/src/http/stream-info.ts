import type { Host, UpstreamInfo } from "../cluster/cluster.ts";
import type { RequestHead, ResponseHead } from "../codec/codec.ts";
import type { DownstreamConnection } from "../listener/downstream-connection.ts";
import type { RouteDecision } from "../route/route-table.ts";
import type { Peer } from "../telemetry/peer.ts";
import type { HeaderMap } from "./header-map.ts";
import { FLAG_ORDER, type ResponseFlag } from "./response-flag.ts";

/**
 * Everything known about one request, filled in as it passes and read by access log, metrics and
 * header formats. Times are `Clock.nowMs` values; -1 means "has not happened".
 */
export class StreamInfo {
  readonly connection: DownstreamConnection;
  readonly request: RequestHead;
  readonly startWallMs: number;
  readonly startMs: number;

  /** Path and authority as the client sent them, before any rewrite. */
  readonly originalPath: string;
  readonly originalAuthority: string;

  requestEndMs = -1;
  upstreamRequestStartMs = -1;
  upstreamRequestEndMs = -1;
  upstreamResponseStartMs = -1;
  upstreamResponseEndMs = -1;
  endMs = -1;

  /** Body bytes, without framing. */
  bytesReceived = 0;
  bytesSent = 0;

  response: ResponseHead | undefined;
  trailers: HeaderMap | undefined;
  responseCode = 0;
  responseCodeDetails = "";
  connectionTerminationDetails = "";
  /** Each once, in the order in which Envoy prints them. */
  readonly flags: ResponseFlag[] = [];

  route: RouteDecision | undefined;
  upstreamCluster = "";
  upstreamClusterMetadata: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  upstreamHost: Host | undefined;
  upstream: UpstreamInfo | undefined;
  upstreamTransportFailure = "";
  attemptCount = 0;

  /** The client's address after x-forwarded-for; the socket's own otherwise. */
  remoteAddress: string;

  /** Workloads at both ends, found by the peer metadata filter. */
  downstreamPeer: Peer | undefined;
  upstreamPeer: Peer | undefined;

  /** gRPC message counts, when grpc_stats is in the chain. */
  grpcRequestMessages = 0;
  grpcResponseMessages = 0;

  constructor(
    connection: DownstreamConnection,
    request: RequestHead,
    nowMs: number,
    wallMs: number,
  ) {
    this.connection = connection;
    this.request = request;
    this.startMs = nowMs;
    this.startWallMs = wallMs;
    this.originalPath = request.path;
    this.originalAuthority = request.authority;
    this.remoteAddress = connection.remote.address;
  }

  addFlag(flag: ResponseFlag): void {
    if (this.flags.includes(flag)) return;
    this.flags.push(flag);
    if (this.flags.length > 1) this.flags.sort((a, b) => FLAG_ORDER[a] - FLAG_ORDER[b]);
  }

  get isGrpc(): boolean {
    return isGrpcContentType(this.request.headers.get("content-type"));
  }

  /** The status gRPC ended with: trailers first, then a trailers-only response's headers. */
  get grpcStatus(): string | undefined {
    return this.trailers?.get("grpc-status") ?? this.response?.headers.get("grpc-status");
  }
}

/** `application/grpc`, alone or with a suffix (`+proto`) or parameter. */
export function isGrpcContentType(contentType: string | undefined): boolean {
  if (contentType === undefined || !contentType.startsWith("application/grpc")) return false;
  const next = contentType[16];
  return next === undefined || next === "+" || next === ";" || next === " ";
}
