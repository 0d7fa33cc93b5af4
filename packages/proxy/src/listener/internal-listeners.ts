import { type Duplex, duplexPair } from "node:stream";
import type { SocketAddress } from "./downstream-connection.ts";

/** Takes the far end of a connection that comes from within the process. */
export type InternalAcceptor = (
  socket: Duplex,
  originalDestination: SocketAddress | undefined,
) => void;

/** Internal listeners by name: clusters with an internal address find them here. */
export interface InternalListeners {
  /** The answer takes the name away again, unless someone else has it by then. */
  register(name: string, accept: InternalAcceptor): () => void;
  /**
   * The near end of a new connection, or `undefined` when nobody listens. `originalDestination` is
   * `host:port`; the listener sees it as its local address.
   */
  connect(name: string, originalDestination?: string): Duplex | undefined;
}

/** An empty registry. */
export function createInternalListeners(): InternalListeners {
  const acceptors = new Map<string, InternalAcceptor>();
  return {
    register(name, accept) {
      acceptors.set(name, accept);
      return () => {
        if (acceptors.get(name) === accept) acceptors.delete(name);
      };
    },
    connect(name, originalDestination) {
      const accept = acceptors.get(name);
      if (accept === undefined) return undefined;
      const [near, far] = duplexPair({ allowHalfOpen: true });
      linkDestruction(near, far);
      linkDestruction(far, near);
      accept(far, parseDestination(originalDestination));
      return near;
    },
  };
}

/** A pair knows FIN but not RST: an end that is destroyed takes the other one with it. */
function linkDestruction(from: Duplex, to: Duplex): void {
  from.once("close", () => {
    if (!from.readableEnded || !from.writableFinished) to.destroy();
  });
}

function parseDestination(text: string | undefined): SocketAddress | undefined {
  const at = text?.lastIndexOf(":") ?? -1;
  if (text === undefined || at < 0) return undefined;
  return {
    address: text.slice(0, at).replace(/^\[(.*)\]$/, "$1"),
    port: Number(text.slice(at + 1)),
  };
}
