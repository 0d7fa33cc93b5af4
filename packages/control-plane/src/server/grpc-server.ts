import { Server, type ServerCredentials } from "@grpc/grpc-js";
import { MeshError } from "@weft/core";

/** A gRPC server that is listening. */
export interface GrpcServer {
  readonly port: number;
  /** Ends what is open. */
  close(): void;
}

/** Listens with the services that `addServices` puts on the server. */
export async function listenGrpc(
  where: { readonly address: string; readonly port: number },
  credentials: ServerCredentials,
  addServices: (server: Server) => void,
): Promise<GrpcServer> {
  const server = new Server({
    // A client that vanished without a word leaves the books within 40 s.
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
    // Requests name resources; a mesh of thousands fits, a flood does not.
    "grpc.max_receive_message_length": 4 * 1024 * 1024,
  });
  addServices(server);
  const at = `${where.address}:${where.port}`;
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(at, credentials, (cause, bound) => {
      if (cause === null) return resolve(bound);
      return reject(
        new MeshError("PortInUse", `cannot listen on ${at}: ${cause.message}`, { cause }),
      );
    });
  });
  return { port, close: () => server.forceShutdown() };
}
