import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "@weft/core";
import type { TlsInfo } from "../listener/downstream-connection.ts";
import type { UpstreamTls } from "../transport/upstream-tls.ts";
import { formatAddress, type UpstreamAddress } from "./upstream-address.ts";

/** How bytes travel once the connection stands. */
export type UpstreamTransport =
  | { readonly kind: "raw" }
  | { readonly kind: "tls"; readonly tls: UpstreamTls };

/** What connecting needs from around it. */
export interface ConnectDependencies {
  readonly clock: Clock;
  /** The near end of a connection to an internal listener; `undefined` when there is none. */
  readonly connectInternal: (
    listenerName: string,
    originalDestination: string | undefined,
  ) => Duplex | undefined;
}

/** One connection to make. */
export interface ConnectTarget {
  readonly address: UpstreamAddress;
  readonly transport: UpstreamTransport;
  /** Limits TCP connect and TLS handshake together. */
  readonly timeoutMs: number;
  /** Idle time before TCP probes the peer; undefined: it does not. */
  readonly keepAliveMs?: number | undefined;
  /** Where the connection comes from; undefined: the system chooses. */
  readonly sourceAddress?: string | undefined;
  /** Handed to an internal listener. */
  readonly originalDestination?: string | undefined;
}

/** How connecting ended; `detail` is for logs and the access log. */
export type ConnectResult =
  | { readonly kind: "connected"; readonly socket: Duplex; readonly tls: TlsInfo | undefined }
  | { readonly kind: "timeout" | "failed"; readonly detail: string };

/** A connection in the making. */
export interface PendingConnection {
  /** Takes it back; false when it was over already. */
  cancel(): boolean;
}

/** Makes a connection; `done` is called once, never before this returns, and not after `cancel`. */
export function connect(
  target: ConnectTarget,
  dependencies: ConnectDependencies,
  done: (result: ConnectResult) => void,
): PendingConnection {
  const attempt = new ConnectAttempt(target, dependencies, done);
  attempt.start();
  return attempt;
}

class ConnectAttempt implements PendingConnection {
  readonly #target: ConnectTarget;
  readonly #dependencies: ConnectDependencies;
  readonly #timer: { cancel(): void };
  #done: ((result: ConnectResult) => void) | undefined;
  #socket: Duplex | undefined;

  constructor(
    target: ConnectTarget,
    dependencies: ConnectDependencies,
    done: (result: ConnectResult) => void,
  ) {
    this.#target = target;
    this.#dependencies = dependencies;
    this.#done = done;
    this.#timer = dependencies.clock.schedule(target.timeoutMs, () =>
      this.#finish({
        kind: "timeout",
        detail: `connect to ${formatAddress(target.address)} timed out after ${target.timeoutMs}ms`,
      }),
    );
  }

  start(): void {
    const { address, originalDestination, keepAliveMs, sourceAddress } = this.#target;
    if (address.kind === "internal") {
      const near = this.#dependencies.connectInternal(address.listenerName, originalDestination);
      // Always later than the call, as with a real socket.
      queueMicrotask(() => {
        if (near === undefined) this.#fail(`no internal listener ${address.listenerName}`);
        else this.#onTransportReady(near);
      });
      return;
    }
    const socket =
      address.kind === "pipe"
        ? connectSocket({ path: address.path })
        : connectSocket({
            host: address.host,
            port: address.port,
            noDelay: true,
            ...(sourceAddress !== undefined && { localAddress: sourceAddress }),
          });
    if (keepAliveMs !== undefined) socket.setKeepAlive(true, keepAliveMs);
    this.#socket = socket;
    socket.once("error", this.#onError);
    socket.once("connect", () => this.#onTransportReady(socket));
  }

  cancel(): boolean {
    if (this.#done === undefined) return false;
    this.#timer.cancel();
    this.#done = undefined;
    this.#destroySocket();
    return true;
  }

  #onTransportReady(socket: Duplex): void {
    if (this.#done === undefined) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    const { transport, address } = this.#target;
    if (transport.kind === "raw") {
      this.#finish({ kind: "connected", socket, tls: undefined });
      return;
    }
    socket.off("error", this.#onError);
    transport.tls.connect(socket, formatAddress(address), (handshake) => {
      if (handshake.kind === "failed") this.#fail(`TLS: ${handshake.error.message}`);
      else this.#onHandshake(handshake.socket, handshake.info);
    });
  }

  #onHandshake(socket: Duplex, tls: TlsInfo): void {
    this.#socket = socket;
    if (this.#done === undefined) this.#destroySocket();
    else this.#finish({ kind: "connected", socket, tls });
  }

  readonly #onError = (error: NodeJS.ErrnoException) => this.#fail(explain(error));

  #fail(reason: string): void {
    const where = formatAddress(this.#target.address);
    this.#finish({ kind: "failed", detail: `connect to ${where} failed: ${reason}` });
  }

  #finish(result: ConnectResult): void {
    const done = this.#done;
    if (done === undefined) return;
    this.#done = undefined;
    this.#timer.cancel();
    if (result.kind === "connected") result.socket.off("error", this.#onError);
    else this.#destroySocket();
    done(result);
  }

  #destroySocket(): void {
    // An error that is on its way must not crash the process: nobody else listens any more.
    this.#socket?.on("error", () => {});
    this.#socket?.destroy();
  }
}

function explain(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return "refused; nothing listens there";
    case "ECONNRESET":
      return "reset by the peer";
    default:
      return error.message;
  }
}
