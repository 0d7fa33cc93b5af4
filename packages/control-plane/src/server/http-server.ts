import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { MeshError } from "@weft/core";

/** One page: its body, made when asked for. */
export interface Page {
  readonly contentType: string;
  /** 200 unless said otherwise. */
  readonly status?: number;
  readonly body: string;
}

/** A server of a few read-only pages that is listening. */
export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `pages` (by path) to GET and HEAD. */
export async function listenHttp(
  where: { readonly address: string; readonly port: number },
  pages: Readonly<Record<string, () => Page>>,
): Promise<HttpServer> {
  const byPath = new Map(Object.entries(pages));
  const server = createServer((request, response) => {
    answer(request, response, findPage(byPath, request));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const at = `${where.address}:${where.port}`;
      reject(new MeshError("PortInUse", `cannot listen on ${at}: ${cause.message}`, { cause }));
    });
    server.listen(where.port, where.address, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : where.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function findPage(pages: ReadonlyMap<string, () => Page>, request: IncomingMessage): Page {
  const text = (status: number, body: string): Page => ({
    status,
    contentType: "text/plain; charset=utf-8",
    body: `${body}\n`,
  });
  if (request.method !== "GET" && request.method !== "HEAD") return text(405, "only GET is served");
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  const page = pages.get(path);
  if (page === undefined)
    return text(404, `no such page; there are ${[...pages.keys()].join(" ")}`);
  return page();
}

function answer(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const { status = 200, contentType, body } = page;
  const length = Buffer.byteLength(body);
  response.writeHead(status, { "content-type": contentType, "content-length": length });
  response.end(request.method === "HEAD" ? undefined : body);
}
