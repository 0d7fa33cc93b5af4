import { type Handler, productId, runService, sendJson } from "./service.ts";

/** `GET /ratings/ID`: the stars that each reviewer gave. */
export function ratings(): Handler {
  return (_request, response, url) => {
    if (url.pathname === "/health")
      return sendJson(response, 200, { status: "Ratings is healthy" });
    if (!url.pathname.startsWith("/ratings/"))
      return sendJson(response, 404, { error: "not found" });
    const id = productId(url, "/ratings/");
    if (id === undefined) {
      return sendJson(response, 400, { error: "please provide numeric product ID" });
    }
    return sendJson(response, 200, { id, ratings: { Reviewer1: 5, Reviewer2: 4 } });
  };
}

if (import.meta.main) await runService("ratings", ratings);
