import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readSettings, type Settings } from "./settings.ts";

/** Answers one request. A rejection becomes a 500. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => void | Promise<void>;

/** A listening service. */
export interface RunningService {
  readonly url: string;
  /** Takes no new connections, finishes what is in flight, then settles. */
  close(): Promise<void>;
}

/** Serves `handler` on the host and port of `settings`. */
export async function serve(settings: Settings, handler: Handler): Promise<RunningService> {
  const server = createServer((request, response) => {
    void answer(handler, request, response);
  });
  // A sidecar keeps connections to its application open; Node's 5 s would cut them under it.
  server.keepAliveTimeout = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(settings.port, settings.host, resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${settings.host}:${port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeIdleConnections();
      }),
  };
}

/** The main program of every service: settings from the environment, a clean end on SIGTERM. */
export async function runService(name: string, create: (settings: Settings) => Handler) {
  const settings = readSettings(process.env);
  const service = await serve(settings, create(settings));
  console.log(`${name} ${settings.version} (${settings.podName}) listens on ${service.url}`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      void service.close().then(() => process.exit(0));
    });
  }
}

/** Sends `body` as JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** The product id at the end of `/details/0`; `undefined` when it is not a number. */
export function productId(url: URL, prefix: string): number | undefined {
  const text = url.pathname.slice(prefix.length);
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

async function answer(handler: Handler, request: IncomingMessage, response: ServerResponse) {
  try {
    await handler(request, response, new URL(request.url ?? "/", "http://localhost"));
  } catch (error) {
    console.error(`${request.method} ${request.url} failed:`, error);
    if (!response.headersSent) sendJson(response, 500, { error: "internal error" });
    else response.destroy();
  }
}
