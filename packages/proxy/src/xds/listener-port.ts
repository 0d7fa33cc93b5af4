import { BoundSocket, createServer, type Server, type Socket } from "node:net";
import { MeshError, toError } from "@weft/core";

/** Takes accepted connections; swapped by reference when the listener's configuration changes. */
export interface ConnectionAcceptor {
  accept(socket: Socket): void;
}

/**
 * A bound port that outlives the configuration behind it: a changed listener takes over without a
 * moment in which connections are refused.
 */
export class ListenerPort {
  readonly #server: Server;
  #acceptor: ConnectionAcceptor;

  /** Binds at once; throws `MeshError` that says who may hold the port. */
  constructor(
    place: { readonly host: string; readonly port: number },
    acceptor: ConnectionAcceptor,
  ) {
    this.#acceptor = acceptor;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    this.#server.on("connection", (socket) => this.#acceptor.accept(socket));
    const bound = bind(place);
    this.#server.listen(bound);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  swap(acceptor: ConnectionAcceptor): void {
    this.#acceptor = acceptor;
  }

  /** Stops accepting; connections that exist are their acceptor's. */
  close(): void {
    this.#server.close();
  }
}

function bind({ host, port }: { readonly host: string; readonly port: number }): BoundSocket {
  try {
    return new BoundSocket({ host, port });
  } catch (thrown) {
    const error = toError(thrown) as NodeJS.ErrnoException;
    throw new MeshError("bind", `cannot listen on ${host}:${port}: ${explain(error, port)}`, {
      cause: error,
    });
  }
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
