import { createServer } from "node:net";
import type { Random } from "@weft/core";

/** Answers a port of 127.0.0.1 that nobody has, and that it has not answered lately. */
export type FindPort = () => Promise<number>;

/**
 * Below the range from which Linux (32768 up) and macOS (49152 up) take the local port of every
 * outgoing connection: one of those would sooner or later sit on a port between the moment at which
 * it is found and the moment at which its application binds it.
 */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_768;

/** Begins anywhere and goes on from there: two meshes rarely meet, and one mesh never meets itself. */
export function createPortFinder(
  random: Random,
  isFree: (port: number) => Promise<boolean> = (port) => isPortFree("127.0.0.1", port),
): FindPort {
  let next = Math.floor(random() * PORT_COUNT);
  return async () => {
    for (let tried = 0; tried < PORT_COUNT; tried += 1) {
      const port = FIRST_PORT + next;
      next = (next + 1) % PORT_COUNT;
      if (await isFree(port)) return port;
    }
    throw new Error(`no free port from ${FIRST_PORT} to ${FIRST_PORT + PORT_COUNT - 1}`);
  };
}

/** True when `port` of `address` can be bound now. */
export function isPortFree(address: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.unref();
  server.once("error", () => resolve(false));
  server.listen({ host: address, port, exclusive: true }, () => {
    server.close(() => resolve(true));
  });
  return promise;
}
