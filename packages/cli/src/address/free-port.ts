import { createServer } from "node:net";

/** A port of `address` that was free a moment ago. */
export function findFreePort(address = "127.0.0.1"): Promise<number> {
  return bindOnce(address, 0).then((port) => {
    if (port === undefined) throw new Error(`no free port on ${address}`);
    return port;
  });
}

/** True when `port` of `address` can be bound now. */
export async function isPortFree(address: string, port: number): Promise<boolean> {
  return (await bindOnce(address, port)) !== undefined;
}

/** The port that was bound and let go again; `undefined` when it could not be. */
function bindOnce(address: string, port: number): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const server = createServer();
  server.unref();
  server.once("error", () => resolve(undefined));
  server.listen({ host: address, port, exclusive: true }, () => {
    const bound = server.address();
    server.close(() => resolve(typeof bound === "object" ? bound?.port : undefined));
  });
  return promise;
}
