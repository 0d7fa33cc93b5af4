import { createServer } from "node:net";
import { systemRandom } from "@weft/core";

/** Below the range that the kernel takes the local ports of outgoing connections from. */
const FIRST_PORT = 10_000;
const PORT_COUNT = 10_000;

/** A TCP port of `address` (default 127.0.0.1) that nobody listened on a moment ago. */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  for (let tried = 0; tried < PORT_COUNT; tried += 1) {
    const port = FIRST_PORT + Math.floor(systemRandom() * PORT_COUNT);
    if (await canBind(address, port)) return port;
  }
  throw new Error(`no free port on ${address}`);
}

function canBind(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
