import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock, Log } from "@weft/core";
import type { DrainOptions } from "../codec/codec.ts";
import type {
  ConnectionHandler,
  DownstreamConnection,
  SocketAddress,
  TlsInfo,
} from "./downstream-connection.ts";
import type { CompiledChain } from "./filter-chain.ts";
import type { ConnectionFacts } from "./filter-chain-match.ts";
import type { ListenerStats } from "./listener-stats.ts";
import { NOTHING_SNIFFED, type Sniffed, type SnifferConfig, sniff } from "./sniffer.ts";

/** What a connection needs of the listener that accepted it. */
export interface ConnectionOwner {
  readonly clock: Clock;
  readonly log: Log;
  readonly stats: ListenerStats;
  readonly listenerName: string;
  readonly direction: DownstreamConnection["direction"];
  sniffsOn(port: number): SnifferConfig;
  pickChain(facts: ConnectionFacts): CompiledChain | undefined;
}

let lastId = 0;

/**
 * One connection from accept to the end.
 *
 *   sniffing ─► filter chain chosen ─► TLS handshake ─► network filter ─► gone
 *
 * The socket stays paused until the network filter reads it.
 */
export class AcceptedConnection {
  readonly #owner: ConnectionOwner;
  readonly #socket: Duplex;
  readonly #remote: SocketAddress;
  readonly #local: SocketAddress;
  readonly #onGone: () => void;
  #chain: CompiledChain | undefined;
  #handler: ConnectionHandler | undefined;
  #isGone = false;
  #draining: DrainOptions | undefined;

  constructor(
    socket: Duplex,
    addresses: { readonly remote: SocketAddress; readonly local: SocketAddress },
    owner: ConnectionOwner,
    onGone: () => void,
  ) {
    this.#owner = owner;
    this.#socket = socket;
    this.#remote = addresses.remote;
    this.#local = addresses.local;
    this.#onGone = onGone;
    owner.stats.total.add(1);
    owner.stats.active.add(1);
    socket.on("error", (error) => this.#onError(error));
    socket.once("close", () => this.#leave());
  }

  /** Which configuration it was given; undefined while that is open. */
  get chainFingerprint(): string | undefined {
    return this.#chain?.fingerprint;
  }

  start(): void {
    const config = this.#owner.sniffsOn(this.#local.port);
    if (!config.hasTlsInspector && !config.hasHttpInspector) {
      this.#onSniffed(NOTHING_SNIFFED);
      return;
    }
    sniff(this.#socket, config, this.#owner.clock, (sniffed) => {
      if (sniffed === "ended" || sniffed === "timed-out") {
        if (sniffed === "timed-out") this.#owner.stats.preTimeout.add(1);
        this.#socket.destroy();
      } else if (!this.#socket.destroyed) this.#onSniffed(sniffed);
    });
  }

  /** Lets what is in flight finish; a connection that has not begun is closed, or has one answer. */
  drain(options?: DrainOptions): void {
    this.#draining = options ?? { keepsIdle: false };
    if (this.#handler !== undefined) this.#handler.drain(options);
    else if (!this.#draining.keepsIdle) this.#socket.destroy();
  }

  destroy(): void {
    this.#handler?.destroy();
    this.#socket.destroy();
  }

  #onSniffed(sniffed: Sniffed): void {
    const chain = this.#owner.pickChain({
      localAddress: this.#local.address,
      localPort: this.#local.port,
      remoteAddress: this.#remote.address,
      remotePort: this.#remote.port,
      ...sniffed,
    });
    if (chain?.filter === undefined) {
      if (chain === undefined) {
        this.#owner.stats.noChainMatch.add(1);
        this.#log("no filter chain matches", {
          transport: sniffed.transportProtocol,
          sni: sniffed.serverName,
        });
      }
      this.#socket.destroy();
      return;
    }
    this.#chain = chain;
    if (chain.tls === undefined) {
      this.#hand(chain, this.#socket, undefined, sniffed.applicationProtocols[0] ?? "");
      return;
    }
    chain.tls.accept(this.#socket, sniffed.serverName, (result) => {
      if (result.kind === "failed") {
        this.#owner.stats.handshakeError.add(1);
        this.#log("TLS handshake failed", { reason: result.error.message });
        return;
      }
      this.#owner.stats.handshake.add(1);
      result.socket.on("error", (error) => this.#onError(error));
      this.#hand(chain, result.socket, result.info, result.info.alpn);
    });
  }

  #hand(
    chain: CompiledChain,
    socket: Duplex,
    tls: TlsInfo | undefined,
    applicationProtocol: string,
  ): void {
    if (chain.filter === undefined || this.#isGone) return;
    const connection: DownstreamConnection = {
      id: ++lastId,
      socket,
      remote: this.#remote,
      local: this.#local,
      tls,
      applicationProtocol,
      direction: this.#owner.direction,
      listenerName: this.#owner.listenerName,
    };
    this.#handler = chain.filter(connection, () => this.#onHandlerClosed());
    if (this.#draining !== undefined) this.#handler.drain(this.#draining);
  }

  /** The filter is done; its socket has ended or will: TLS in between may still have to flush. */
  #onHandlerClosed(): void {
    if (this.#socket.writableEnded || this.#chain?.tls === undefined) return;
    this.#socket.end();
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#owner.stats.active.add(-1);
    this.#onGone();
  }

  #onError(error: Error & { readonly code?: string }): void {
    // Peers that hang up are everyday; what else goes wrong someone may want to know.
    if (error.code !== "ECONNRESET" && error.code !== "EPIPE")
      this.#log("connection failed", { reason: error.message });
    this.#socket.destroy();
  }

  #log(message: string, facts: Readonly<Record<string, string>>): void {
    this.#owner.log.warn(message, {
      listener: this.#owner.listenerName,
      peer: `${this.#remote.address}:${this.#remote.port}`,
      ...facts,
    });
  }
}

/** Both ends of a TCP socket; a connection from within has neither. */
export function addressesOf(
  socket: Duplex,
  originalDestination: SocketAddress | undefined,
): { readonly remote: SocketAddress; readonly local: SocketAddress } {
  if (!(socket instanceof Socket))
    return { remote: UNKNOWN, local: originalDestination ?? UNKNOWN };
  return {
    remote: { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 },
    local: originalDestination ?? {
      address: plain(socket.localAddress),
      port: socket.localPort ?? 0,
    },
  };
}

const UNKNOWN: SocketAddress = { address: "127.0.0.1", port: 0 };

/** A listener on `::` reports IPv4 peers as mapped addresses. */
function plain(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.)/i, "") ?? "";
}
