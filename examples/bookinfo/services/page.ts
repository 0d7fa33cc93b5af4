import type { Answer } from "./call.ts";
import { PAGE_STYLE } from "./page-style.ts";

/** What the product page shows. */
export interface ProductView {
  readonly product: { readonly title: string; readonly descriptionHtml: string };
  readonly details: Answer;
  readonly reviews: Answer;
  /** `undefined` when nobody is signed in. */
  readonly user: string | undefined;
  readonly settings: { readonly version: string; readonly podName: string };
}

interface Review {
  readonly reviewer?: string;
  readonly text?: string;
  readonly rating?: { readonly stars?: number; readonly color?: string; readonly error?: string };
}

interface Reviews {
  readonly podname?: string;
  readonly version?: string;
  readonly reviews?: readonly Review[];
}

/** The start page: one link. */
export function renderHome(): string {
  return renderLayout(
    undefined,
    `<section class="hero"><h1>Bookinfo</h1>
<p>Four small services behind a mesh. Everything on the product page comes from somewhere else.</p>
<p><a class="button" href="/productpage">Open the product page</a></p></section>`,
  );
}

/** The product page. A part that failed says so, with the status that came back. */
export function renderProduct({ product, details, reviews, user, settings }: ProductView): string {
  return renderLayout(
    user,
    `<section class="hero"><h1>${escapeHtml(product.title)}</h1><p>${escapeHtml(product.descriptionHtml)}</p></section>
<div class="parts">
<section class="card" aria-labelledby="details"><h2 id="details">Book details</h2>${renderDetails(details)}</section>
<section class="card" aria-labelledby="reviews"><h2 id="reviews">Book reviews</h2>${renderReviews(reviews)}</section>
</div>
<p class="served">Page served by productpage ${escapeHtml(settings.version)} (<code>${escapeHtml(settings.podName)}</code>)</p>`,
  );
}

function renderDetails({ status, body }: Answer): string {
  if (status !== 200) return renderFailure("details", status);
  const rows = Object.entries((body ?? {}) as Record<string, unknown>)
    .filter(([name]) => name !== "id")
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(String(value))}</dd>`);
  return `<dl>${rows.join("")}</dl>`;
}

function renderReviews({ status, body }: Answer): string {
  if (status !== 200) return renderFailure("reviews", status);
  const { podname = "unknown", version, reviews = [] } = (body ?? {}) as Reviews;
  const shown = version ?? versionIn(podname);
  return `${reviews.map(renderReview).join("")}
<p class="served">Reviews served by
<strong class="version" data-reviews-version="${escapeHtml(shown)}">reviews ${escapeHtml(shown)}</strong>
(<code data-reviews-pod>${escapeHtml(podname)}</code>)</p>`;
}

/** Istio's own reviews image names only its pod, `reviews-v2-5b9…`. */
function versionIn(podName: string): string {
  return /-(v\d+)(-|$)/.exec(podName)?.[1] ?? "of unknown version";
}

function renderReview({ reviewer = "", text = "", rating }: Review): string {
  return `<blockquote><p>${escapeHtml(text)}</p><footer>${escapeHtml(reviewer)}${renderRating(rating)}</footer></blockquote>`;
}

function renderRating(rating: Review["rating"]): string {
  if (rating === undefined) return "";
  if (rating.error !== undefined) return ` <em class="warning">${escapeHtml(rating.error)}</em>`;
  const stars = Math.max(0, Math.min(5, Math.trunc(rating.stars ?? 0)));
  const color = rating.color === "red" ? "red" : "black";
  return ` <span class="stars ${color}" role="img" aria-label="${stars} of 5 stars, ${color}">${"★".repeat(stars)}${"☆".repeat(5 - stars)}</span>`;
}

function renderFailure(part: string, status: number): string {
  return `<div class="failure" role="alert"><p><strong>Error fetching product ${part}!</strong>
<span class="status">status ${status}</span></p>
<p>Sorry, product ${part} are currently unavailable for this book.</p></div>`;
}

function renderSession(user: string | undefined): string {
  if (user !== undefined) {
    return `<p class="session"><span>Signed in as <strong>${escapeHtml(user)}</strong></span> <a href="/logout">Sign out</a></p>`;
  }
  return `<form class="session" method="post" action="/login">
<label for="username">User name</label><input id="username" name="username" autocomplete="username" maxlength="64" required>
<button type="submit">Sign in</button></form>`;
}

function renderLayout(user: string | undefined, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simple Bookstore App</title><link rel="icon" href="data:,"><style>${PAGE_STYLE}</style></head>
<body><header><a class="brand" href="/">Bookinfo</a>${renderSession(user)}</header>
<main>${content}</main></body></html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
