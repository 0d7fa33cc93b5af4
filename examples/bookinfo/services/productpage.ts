import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { type Answer, call, forwardedHeaders } from "./call.ts";
import { renderHome, renderProduct } from "./page.ts";
import { type Handler, runService, sendJson } from "./service.ts";
import { clearedUserCookie, userCookie, userOf } from "./session.ts";
import type { Settings } from "./settings.ts";

/** What the mesh's exercises are tuned to: three seconds a try, and for reviews a second one. */
const TIMEOUT_MS = 3000;
const REVIEW_TRIES = 2;
const MAX_FORM_BYTES = 4096;

/** The one product. */
const PRODUCT = {
  id: 0,
  title: "The Comedy of Errors",
  descriptionHtml:
    "Two pairs of twins, parted by a shipwreck, come to the same town on the same day. Everybody takes everybody for somebody else, and by evening it takes an abbess to sort them out.",
} as const;

/** The page, and the JSON API below `/api/v1`. */
export function productpage(settings: Settings): Handler {
  const neighbours = {
    details: (id: string, headers: OutgoingHttpHeaders) =>
      call(`${settings.details}/details/${id}`, { headers, timeoutMs: TIMEOUT_MS }),
    reviews: (id: string, headers: OutgoingHttpHeaders) =>
      call(`${settings.reviews}/reviews/${id}`, {
        headers,
        timeoutMs: TIMEOUT_MS,
        tries: REVIEW_TRIES,
      }),
    ratings: (id: string, headers: OutgoingHttpHeaders) =>
      call(`${settings.ratings}/ratings/${id}`, { headers, timeoutMs: TIMEOUT_MS }),
  };

  const showProduct = async (request: IncomingMessage, response: ServerResponse) => {
    const headers = outgoingHeaders(request);
    const id = String(PRODUCT.id);
    const [details, reviews] = await Promise.all([
      neighbours.details(id, headers),
      neighbours.reviews(id, headers),
    ]);
    const user = userOf(request);
    sendHtml(response, renderProduct({ product: PRODUCT, details, reviews, user, settings }));
  };

  const serveApi = async (request: IncomingMessage, response: ServerResponse, path: string) => {
    if (path === "") return sendJson(response, 200, [PRODUCT]);
    const [, id, part = "details"] = /^\/(\d{1,9})(?:\/(reviews|ratings))?$/.exec(path) ?? [];
    if (id === undefined) return sendJson(response, 404, { error: "not found" });
    const answer = await neighbours[part as keyof typeof neighbours](id, outgoingHeaders(request));
    return sendJson(response, answer.status, bodyOf(answer, part));
  };

  return async (request, response, url) => {
    const { pathname } = url;
    if (pathname === "/productpage") return showProduct(request, response);
    if (pathname === "/" || pathname === "/index.html") return sendHtml(response, renderHome());
    if (pathname === "/health") return void response.end("Product page is healthy");
    if (pathname === "/login" && request.method === "POST") return logIn(request, response);
    if (pathname === "/logout") return redirect(response, clearedUserCookie());
    if (/^\/api\/v1\/products(\/|$)/.test(pathname)) {
      return serveApi(request, response, pathname.slice("/api/v1/products".length));
    }
    return sendJson(response, 404, { error: "not found" });
  };
}

/** The mesh matches users by `end-user`; the page is the one who knows who is signed in. */
function outgoingHeaders(request: IncomingMessage): OutgoingHttpHeaders {
  const headers = forwardedHeaders(request.headers);
  const user = userOf(request);
  if (user !== undefined) headers["end-user"] = user;
  return headers;
}

function bodyOf(answer: Answer, part: string): unknown {
  if (answer.status === 200 && answer.body !== undefined) return answer.body;
  return { error: `Sorry, product ${part} are currently unavailable for this book.` };
}

async function logIn(request: IncomingMessage, response: ServerResponse) {
  let form = "";
  for await (const chunk of request) {
    form += String(chunk);
    if (form.length > MAX_FORM_BYTES) return sendJson(response, 413, { error: "too long" });
  }
  const user = (new URLSearchParams(form).get("username") ?? "").trim();
  return redirect(response, user === "" ? clearedUserCookie() : userCookie(user));
}

function redirect(response: ServerResponse, cookie: string): void {
  response.writeHead(302, { location: "/productpage", "set-cookie": cookie });
  response.end();
}

function sendHtml(response: ServerResponse, html: string): void {
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
  });
  response.end(html);
}

if (import.meta.main) await runService("productpage", productpage);
