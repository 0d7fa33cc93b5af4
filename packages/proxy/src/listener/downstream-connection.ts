import type { Duplex } from "node:stream";
import type { DrainOptions } from "../codec/codec.ts";

/** Host and port of one end of a connection. Internal listeners carry the CONNECT target here. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

/** What the TLS handshake established; absent on plain connections. */
export interface TlsInfo {
  readonly version: string;
  readonly sni: string;
  readonly alpn: string;
  /** URI SANs of the peer's certificate: its SPIFFE id comes first. Empty without a client certificate. */
  readonly peerUriSans: readonly string[];
  readonly localUriSans: readonly string[];
  /** The peer's leaf, for `x-forwarded-client-cert`: SHA-256 of its DER in lower-case hex. */
  readonly peerCertificateSha256: string;
  readonly peerSubject: string;
  /** DNS SANs of the peer's certificate; absent means none. */
  readonly peerDnsSans?: readonly string[];
  /** The peer's leaf in PEM; absent without a client certificate. */
  readonly peerCertificatePem?: string;
}

/** An accepted connection after listener filters, filter-chain match and TLS. */
export interface DownstreamConnection {
  readonly id: number;
  /** Plain bytes of the application protocol; paused, with sniffed bytes put back. */
  readonly socket: Duplex;
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  readonly tls: TlsInfo | undefined;
  /** `http/1.1`, `h2c` … as sniffed by the HTTP inspector, or the ALPN; empty when unknown. */
  readonly applicationProtocol: string;
  readonly direction: "inbound" | "outbound" | "unspecified";
  readonly listenerName: string;
}

/** What a terminal network filter (HTTP connection manager, TCP proxy) gives back for a connection. */
export interface ConnectionHandler {
  /** Finish what is in flight, then close. */
  drain(options?: DrainOptions): void;
  destroy(): void;
}

/** Compiled from one filter's typed config; called once for each connection of its chain. */
export type NetworkFilter = (
  connection: DownstreamConnection,
  onClosed: () => void,
) => ConnectionHandler;
