import { type Handler, productId, runService, sendJson } from "./service.ts";

/** `GET /details/ID`: the facts about a book. */
export function details(): Handler {
  return (_request, response, url) => {
    if (url.pathname === "/health")
      return sendJson(response, 200, { status: "Details is healthy" });
    if (!url.pathname.startsWith("/details/"))
      return sendJson(response, 404, { error: "not found" });
    const id = productId(url, "/details/");
    if (id === undefined) {
      return sendJson(response, 400, { error: "please provide numeric product id" });
    }
    return sendJson(response, 200, {
      id,
      author: "William Shakespeare",
      year: 1595,
      type: "paperback",
      pages: 200,
      publisher: "PublisherA",
      language: "English",
      "ISBN-10": "1234567890",
      "ISBN-13": "123-1234567890",
    });
  };
}

if (import.meta.main) await runService("details", details);
