import type { ChannelCredentials, ChannelOptions } from "@grpc/grpc-js";
import type { TypeUrl } from "@weft/api";
import type { Node } from "@weft/api/envoy/config/core/v3/base_pb.js";
import type { Clock, Random } from "@weft/core";

/**
 * The client's end of one ADS stream. It lives as long as the proxy does: a lost stream is opened
 * again forever, with jittered back-off, and what was accepted stays known meanwhile, so that the
 * proxy goes on serving its last good configuration and a server that returns sends only what changed.
 */
export interface XdsClient {
  /** Opens the stream. Calls of {@link subscribe} before this are sent with the first requests. */
  start(): void;

  /**
   * Replaces the set of names wanted of a type; `"*"` is every resource the server has for this node.
   * May be called inside `onUpdate`; the request then leaves after the acknowledgement of that update.
   * Names no longer wanted are forgotten without an `onUpdate`.
   */
  subscribe(typeUrl: TypeUrl, names: readonly string[] | "*"): void;

  /** Ends the stream and all attempts to open it again. Idempotent. */
  close(): void;

  /** The server has answered on the present stream. */
  readonly isConnected: boolean;
}

/** What an {@link XdsClient} needs. */
export interface XdsClientConfig {
  /** Who we are; sent with the first request of each stream. */
  readonly node: Node;
  /** gRPC target: `dns:///istiod.example.com:15012`, `127.0.0.1:15012`, `unix:/path`. */
  readonly target: string;
  /** Asked before each connection, so that a renewed certificate is used from then on. */
  readonly credentials: () => ChannelCredentials;
  readonly channelOptions?: ChannelOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly mode: "delta" | "sotw";
  /**
   * Applies one response, at once and synchronously. Return the resources that cannot be used: the
   * response is then refused (NACK) with their messages, while the others count as accepted, as in
   * Envoy. An empty list acknowledges. An exception is a bug here and refuses the whole response.
   */
  readonly onUpdate: (update: XdsUpdate) => readonly XdsRejection[];
  /** Told on each change of state; `reason` says why a stream ended. */
  readonly onStateChange?: (state: XdsClientState, reason: string) => void;
}

/** `connecting`: no stream yet, or waiting to try again. `connected`: the server has answered. */
export type XdsClientState = "connecting" | "connected" | "closed";

/** What changed since the last update of this type; both protocol variants arrive in this shape. */
export interface XdsUpdate {
  readonly typeUrl: TypeUrl;
  /** Version of the response, for people. */
  readonly version: string;
  /** New or different resources. */
  readonly changed: readonly XdsResource[];
  /** Names that do not exist (any more), also ones that were subscribed to and never existed. */
  readonly removed: readonly string[];
}

/** One encoded resource. */
export interface XdsResource {
  readonly name: string;
  readonly version: string;
  /** `Any.value`: the message of the update's type URL. */
  readonly bytes: Uint8Array;
}

/** A resource that the receiver cannot use, and why. */
export interface XdsRejection {
  readonly name: string;
  readonly message: string;
}
