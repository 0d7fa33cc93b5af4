import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { details } from "./details.ts";
import { productpage } from "./productpage.ts";
import { ratings } from "./ratings.ts";
import { reviews } from "./reviews.ts";
import { type Handler, serve } from "./service.ts";
import { readSettings, type Settings } from "./settings.ts";

const settings = readSettings({ HOST: "127.0.0.1", PORT: "0", POD_NAME: "pod-0" });

async function start(context: TestContext, handler: Handler): Promise<string> {
  const service = await serve(settings, handler);
  context.after(() => service.close());
  return service.url;
}

/** All four services over real sockets; `reviews` in the version given. */
async function startAll(context: TestContext, version: string, overrides: Partial<Settings> = {}) {
  const base = { ...settings, version, ...overrides };
  const ratingsUrl = await start(context, ratings());
  const detailsUrl = await start(context, details());
  const reviewsUrl = await start(context, reviews({ ...base, ratings: ratingsUrl }));
  const page = productpage({
    ...base,
    details: detailsUrl,
    reviews: reviewsUrl,
    ratings: ratingsUrl,
    ...overrides,
  });
  return start(context, page);
}

async function reviewsBody(context: TestContext, version: string, ratingsUrl: string) {
  const url = await start(context, reviews({ ...settings, version, ratings: ratingsUrl }));
  const response = await fetch(`${url}/reviews/0`);
  return (await response.json()) as { podname: string; reviews: { rating?: unknown }[] };
}

test("reviews: v1 shows no stars, v2 black ones, v3 red ones", async (context) => {
  const url = await start(context, ratings());
  const first = async (version: string) =>
    (await reviewsBody(context, version, url)).reviews[0]?.rating;
  assert.equal(await first("v1"), undefined);
  assert.deepEqual(await first("v2"), { stars: 5, color: "black" });
  assert.deepEqual(await first("v3"), { stars: 5, color: "red" });
});

test("reviews: without ratings the texts stay and the stars say why they are missing", async (context) => {
  const body = await reviewsBody(context, "v3", "http://127.0.0.1:1");
  assert.deepEqual(body.reviews[1]?.rating, { error: "Ratings service is currently unavailable" });
});

test("productpage: names the version of reviews that answered", async (context) => {
  const url = await startAll(context, "v3");
  const html = await (await fetch(`${url}/productpage`)).text();
  assert.match(html, /reviews v3/);
  assert.match(html, /aria-label="5 of 5 stars, red"/);
  assert.match(html, /William Shakespeare/);
});

test("productpage: a part that fails says so with its status", async (context) => {
  const url = await startAll(context, "v1", { reviews: "http://127.0.0.1:1" });
  const response = await fetch(`${url}/productpage`);
  const html = await response.text();
  assert.equal(response.status, 200);
  assert.match(html, /Error fetching product reviews/);
  assert.match(html, /status 500/);
  assert.match(html, /William Shakespeare/);
});

test("productpage: signing in sends end-user to reviews, signing out ends it", async (context) => {
  const seen: (string | undefined)[] = [];
  const reviewsUrl = await start(context, (request, response) => {
    seen.push(request.headers["end-user"]?.toString());
    response.end("{}");
  });
  const url = await startAll(context, "v1", { reviews: reviewsUrl });
  const login = await fetch(`${url}/login`, {
    method: "POST",
    body: new URLSearchParams({ username: "jason", passwd: "" }),
    redirect: "manual",
  });
  const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
  assert.equal(login.status, 302);
  await fetch(`${url}/productpage`, { headers: { cookie } });
  const logout = await fetch(`${url}/logout`, { headers: { cookie }, redirect: "manual" });
  await fetch(`${url}/productpage`);
  assert.match(logout.headers.get("set-cookie") ?? "", /Max-Age=0/);
  assert.deepEqual(seen, ["jason", undefined]);
});

test("productpage: trace headers travel on, others stay", async (context) => {
  const seen: Record<string, unknown>[] = [];
  const reviewsUrl = await start(context, (request, response) => {
    seen.push(request.headers);
    response.end("{}");
  });
  const url = await startAll(context, "v1", { reviews: reviewsUrl });
  const headers = { "x-request-id": "r-1", traceparent: "00-1-2-01", b3: "0", "x-other": "no" };
  await fetch(`${url}/productpage`, { headers });
  const [got] = seen;
  assert.deepEqual(
    [got?.["x-request-id"], got?.traceparent, got?.b3, got?.["x-other"]],
    ["r-1", "00-1-2-01", "0", undefined],
  );
});

test("productpage: a user name cannot smuggle markup into the page", async (context) => {
  const url = await startAll(context, "v1");
  const headers = { cookie: `bookinfo_user=${encodeURIComponent("<script>")}` };
  const html = await (await fetch(`${url}/productpage`, { headers })).text();
  assert.doesNotMatch(html, /<script>/);
});

for (const [path, status] of [
  ["/api/v1/products", 200],
  ["/api/v1/products/0", 200],
  ["/api/v1/products/0/reviews", 200],
  ["/api/v1/products/0/ratings", 200],
  ["/api/v1/products/x", 404],
  ["/health", 200],
  ["/nowhere", 404],
] as const) {
  test(`productpage: ${path} answers ${status}`, async (context) => {
    const url = await startAll(context, "v1");
    assert.equal((await fetch(url + path)).status, status);
  });
}

test("details: an id that is no number is refused", async (context) => {
  const url = await start(context, details());
  assert.equal((await fetch(`${url}/details/0`)).status, 200);
  assert.equal((await fetch(`${url}/details/zero`)).status, 400);
});

test("settings: the variables of Istio's sample name the neighbours", () => {
  const { reviews, details } = readSettings({
    REVIEWS_HOSTNAME: "reviews.example.com",
    REVIEWS_SERVICE_PORT: "80",
  });
  assert.deepEqual([reviews, details], ["http://reviews.example.com:80", "http://details:9080"]);
});
