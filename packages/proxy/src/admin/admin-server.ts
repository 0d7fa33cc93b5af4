/**
 * The admin interface: everything about the proxy that an operator may look at, over plain HTTP. It
 * reads all parts and owns none. Changes need POST, as with Envoy.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import { toError } from "@weft/core";

/** One page. */
export interface AdminPage {
  readonly path: string;
  readonly method: "GET" | "POST";
  /** One line for the index. */
  readonly summary: string;
  render(query: URLSearchParams): AdminAnswer;
}

/** What a page says. */
export interface AdminAnswer {
  /** 200 when absent. */
  readonly status?: number;
  /** Plain text when absent. */
  readonly contentType?: string;
  readonly body: string;
}

/** Content types of pages. */
export const JSON_TYPE = "application/json";
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A server of these pages; nothing is bound before `listen`. */
export interface AdminServer {
  /** Rejects when the address cannot be bound. */
  listen(address: { readonly host: string; readonly port: number }): Promise<void>;
  readonly port: number;
  close(): Promise<void>;
}

/** Makes the server; `/` lists the pages. */
export function createAdminServer(pages: readonly AdminPage[]): AdminServer {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  byPath.set("/", { path: "/", method: "GET", summary: "this list", render: () => index(pages) });
  const server = createServer((request, response) => answer(byPath, request, response));
  return {
    async listen({ host, port }) {
      server.listen(port, host);
      await once(server, "listening");
    },
    get port() {
      return portOf(server);
    },
    async close() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(
  pages: ReadonlyMap<string, AdminPage>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const {
    status = 200,
    contentType = "text/plain; charset=utf-8",
    body,
  } = isFromElsewhere(request)
    ? { status: 403, body: "another site's page may not ask the admin interface\n" }
    : route(pages, request.url ?? "/", request.method ?? "GET");
  // Another web page must not be able to read or frame this one.
  response.writeHead(status, {
    "content-type": contentType,
    "cache-control": "no-cache, max-age=0",
    "x-content-type-options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

/**
 * A browser says by Origin whose page asks; what else may ask sends none. A name counts as another
 * site even where Host is the same, because DNS may point any name at this address.
 */
function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  if (headers["sec-fetch-site"] === "cross-site") return true;
  if (origin === undefined) return false;
  const url = URL.parse(origin);
  if (url === null || url.host !== host) return true;
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return name !== "localhost" && isIP(name) === 0;
}

function route(pages: ReadonlyMap<string, AdminPage>, target: string, method: string): AdminAnswer {
  // The target is whatever was sent: `//` is no URL, and must not end the process.
  const url = target.startsWith("/") ? URL.parse(`http://admin${target}`) : null;
  if (url === null) return { status: 400, body: "not a path\n" };
  return render(pages.get(url.pathname), method, url.searchParams);
}

function render(page: AdminPage | undefined, method: string, query: URLSearchParams): AdminAnswer {
  if (page === undefined) return { status: 404, body: "no such page; the list of all is at /\n" };
  const isAllowed = method === page.method || (method === "HEAD" && page.method === "GET");
  if (!isAllowed) return { status: 405, body: `Method Not Allowed: use ${page.method}\n` };
  try {
    return page.render(query);
  } catch (error) {
    return { status: 500, body: `${toError(error).message}\n` };
  }
}

function index(pages: readonly AdminPage[]): AdminAnswer {
  const lines = pages.map(({ path, method, summary }) => `${method} ${path}: ${summary}`);
  return { body: `${lines.sort().join("\n")}\n` };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
