import { BoundSocket, createServer, type Server, type Socket } from "node:net";
import { MeshError, toError } from "@weft/core";

/** Takes accepted connections; swapped by reference when the listener's configuration changes. */
export interface ConnectionAcceptor {
  accept(socket: Socket): void;
}

/**
 * A bound port that outlives the configuration behind it: a changed listener takes over without a
 * moment in which connections are refused.
 *
 *   bound (nobody listened there, clients are refused) ──serve──► serving ──close──► closed
 */
export class ListenerPort {
  readonly #server: Server;
  #bound: BoundSocket | undefined;
  #acceptor: ConnectionAcceptor | undefined;

  /** Binds at once; throws `MeshError` that says who may hold the port. */
  constructor(
    place: { readonly host: string; readonly port: number },
    onLost: (error: MeshError) => void,
  ) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    this.#server.on("connection", (socket) => this.#acceptor?.accept(socket));
    // Two may have bound; only one of them gets to listen.
    this.#server.on("error", (error) => onLost(toBindError(place, error)));
    this.#bound = bind(place);
  }

  /** The port that clients see; 0 when it is closed. */
  get port(): number {
    const address = this.#bound?.address() ?? this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Hands connections to `acceptor` from now on; the first call begins to accept. */
  serve(acceptor: ConnectionAcceptor): void {
    this.#acceptor = acceptor;
    const bound = this.#bound;
    if (bound === undefined) return;
    this.#bound = undefined;
    this.#server.listen(bound);
  }

  /** Stops accepting; connections that exist are their acceptor's. */
  close(): void {
    this.#bound?.close();
    this.#bound = undefined;
    this.#server.close();
  }
}

function bind(place: { readonly host: string; readonly port: number }): BoundSocket {
  try {
    return new BoundSocket(place);
  } catch (thrown) {
    throw toBindError(place, toError(thrown));
  }
}

function toBindError(
  { host, port }: { readonly host: string; readonly port: number },
  cause: Error,
): MeshError {
  const reason = explain(cause, port);
  return new MeshError("bind", `cannot listen on ${host}:${port}: ${reason}`, { cause });
}

function explain(error: NodeJS.ErrnoException, port: number): string {
  switch (error.code) {
    case "EADDRINUSE":
      return "another process listens there; stop it or choose another port";
    case "EACCES":
      return `port ${port} needs privileges; choose one from 1024 up`;
    case "EADDRNOTAVAIL":
      return "this machine does not have that address";
    default:
      return error.message;
  }
}
