import { call, forwardedHeaders } from "./call.ts";
import { type Handler, productId, runService, sendJson } from "./service.ts";
import type { Settings } from "./settings.ts";

/** v1 shows no stars and never asks ratings; v2 shows black ones, v3 red ones. */
const STAR_COLORS: Readonly<Record<string, string | undefined>> = { v2: "black", v3: "red" };

/** As in Istio's sample: v2 is patient with ratings, v3 is not; the delay exercises show it. */
const TIMEOUT_MS: Readonly<Record<string, number>> = { black: 10_000, red: 2500 };

const TEXTS = {
  Reviewer1: "Two pairs of twins and not one quiet scene: I laughed until the neighbours knocked.",
  Reviewer2: "Great fun, though I had to read the first act twice to know who was who.",
} as const;

/** `GET /reviews/ID`: the texts, with stars in the versions that know ratings. */
export function reviews(settings: Settings): Handler {
  const color = STAR_COLORS[settings.version];
  return async (request, response, url) => {
    if (url.pathname === "/health")
      return sendJson(response, 200, { status: "Reviews is healthy" });
    if (!url.pathname.startsWith("/reviews/"))
      return sendJson(response, 404, { error: "not found" });
    const id = productId(url, "/reviews/");
    if (id === undefined) {
      return sendJson(response, 400, { error: "please provide numeric product id" });
    }
    const stars =
      color === undefined
        ? undefined
        : await askRatings(settings, id, color, forwardedHeaders(request.headers));
    return sendJson(response, 200, {
      id: String(id),
      podname: settings.podName,
      clustername: "null",
      version: settings.version,
      reviews: Object.entries(TEXTS).map(([reviewer, text]) => ({
        reviewer,
        text,
        ...(stars !== undefined && { rating: stars(reviewer) }),
      })),
    });
  };
}

async function askRatings(
  settings: Settings,
  id: number,
  color: string,
  headers: ReturnType<typeof forwardedHeaders>,
) {
  const timeoutMs = TIMEOUT_MS[color] ?? 2500;
  const answer = await call(`${settings.ratings}/ratings/${id}`, { headers, timeoutMs });
  const body = answer.body as { ratings?: Record<string, number> } | undefined;
  const ratings = answer.status === 200 ? body?.ratings : undefined;
  if (ratings === undefined) return () => ({ error: "Ratings service is currently unavailable" });
  return (reviewer: string) => ({ stars: ratings[reviewer] ?? 0, color });
}

if (import.meta.main) await runService("reviews", reviews);
