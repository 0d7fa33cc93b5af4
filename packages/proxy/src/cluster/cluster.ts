import type { Duplex } from "node:stream";
import type { ClientStream, RequestHead, ResponseReceiver } from "../codec/codec.ts";

/** One address of a cluster. Identity (`===`) is stable over updates that keep the address. */
export interface Host {
  /** `192.0.2.7:9080`, or the listener's name for an internal address. */
  readonly address: string;
  /** At least 1. */
  readonly weight: number;
  readonly activeRequests: number;
  readonly isHealthy: boolean;
  /** filter_metadata of the endpoint: namespace → key → value. */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What host choice may depend on. */
export interface LoadBalancingContext {
  /** Hosts that earlier tries used; avoided while others are left (previous_hosts). */
  readonly triedHosts: readonly Host[];
  /** How often to draw again for a host that was not tried (host_selection_retry_max_attempts). */
  readonly hostSelectionAttempts: number;
  /** Original destination, for ORIGINAL_DST clusters; `host:port`. */
  readonly originalDestination: string | undefined;
}

/** Why no connection could be had, each with its response flag. */
export type PoolFailure =
  | { readonly kind: "no-healthy-host"; readonly flag: "UH" }
  | { readonly kind: "overflow"; readonly flag: "UO" }
  | {
      readonly kind: "connect-failure";
      readonly flag: "UF";
      readonly host: Host;
      readonly detail: string;
    };

/** Told exactly one of the two, possibly before `openStream` returns. */
export interface StreamOpener extends ResponseReceiver {
  /** The request's head went out on `stream`; send the rest there. */
  onPoolReady(stream: ClientStream, host: Host, upstream: UpstreamInfo): void;
  onPoolFailure(failure: PoolFailure): void;
}

/** Facts of the upstream connection, for logs and metrics. */
export interface UpstreamInfo {
  readonly localAddress: string;
  readonly protocol: "http1" | "http2";
  readonly tls:
    | { readonly peerUriSans: readonly string[]; readonly localUriSans: readonly string[] }
    | undefined;
}

/** Takes back a stream that was asked for; nothing is called after. */
export interface PendingStream {
  cancel(): void;
}

/** A response's status, or for what has none, whether we could reach the host. */
export type RequestResult = number | "local-failure" | "connected";

/** A group of hosts that requests are balanced over. */
export interface Cluster {
  readonly name: string;
  /** filter_metadata of the cluster. */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly connectTimeoutMs: number;
  readonly hosts: readonly Host[];
  /** Chooses a host, gets or makes a connection, sends the head. */
  openStream(
    request: RequestHead,
    endStream: boolean,
    context: LoadBalancingContext,
    opener: StreamOpener,
  ): PendingStream;
  /** A raw connection (TLS included when the cluster says so), for TCP proxying. */
  openConnection(
    context: LoadBalancingContext,
    done: (result: { readonly socket: Duplex; readonly host: Host } | PoolFailure) => void,
  ): PendingStream;
  /** Feeds outlier detection. */
  reportResult(host: Host, result: RequestResult): void;
  /** Circuit breaker `max_retries`: true takes a slot until `endRetry`. */
  tryRetry(): boolean;
  endRetry(): void;
}

/** All clusters by name; a name that is not there is the router's `NC`. */
export interface ClusterManager {
  cluster(name: string): Cluster | undefined;
}
