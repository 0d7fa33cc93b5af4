import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Random } from "@weft/core";
import {
  accessLog,
  createHttpFixture,
  inlineRoutes,
  ROUTER,
  routeToA,
} from "../../http/fixture/http-fixture.ts";

const TYPES = "type.googleapis.com/envoy.extensions.filters.http.cors.v3";
const NAME = "envoy.filters.http.cors";

/** A route to `a` with this policy; undefined: with none. */
function setUp(policy: JsonObject | undefined, random: Random = () => 0) {
  const typedPerFilterConfig = policy && { [NAME]: { "@type": `${TYPES}.CorsPolicy`, ...policy } };
  return createHttpFixture(
    {
      httpFilters: [{ name: NAME, typedConfig: { "@type": `${TYPES}.Cors` } }, ROUTER],
      ...inlineRoutes(routeToA({}, typedPerFilterConfig && { typedPerFilterConfig })),
      ...accessLog(),
    },
    { random },
  );
}

const exact = (...origins: string[]) => ({
  allowOriginStringMatch: origins.map((origin) => ({ exact: origin })),
});
const HOME = "https://example.com";
const ALL = {
  ...exact(HOME),
  allowMethods: "GET,PUT",
  allowHeaders: "x-user",
  exposeHeaders: "x-sum",
  maxAge: "86400",
  allowCredentials: true,
  allowPrivateNetworkAccess: true,
};

/** What a browser asks before it sends a PUT. */
const preflight = (origin: string, headers: Record<string, string> = {}) => ({
  method: "OPTIONS",
  headers: { origin, "access-control-request-method": "PUT", ...headers },
});

/** The CORS headers of a reply, without their common beginning. */
function corsOf(head: { readonly headers: { readonly flat: readonly string[] } } | undefined) {
  const flat = head?.headers.flat ?? [];
  const pairs: [string, string][] = [];
  for (let at = 0; at < flat.length; at += 2) {
    const name = flat[at] ?? "";
    if (name.startsWith("access-control-")) pairs.push([name.slice(15), flat[at + 1] ?? ""]);
  }
  return Object.fromEntries(pairs);
}

describe("a preflight", () => {
  test("of an allowed origin is answered here, with everything that the policy says", () => {
    const mesh = setUp(ALL);
    const client = mesh.send(preflight(HOME));
    assert.deepEqual([client.status, client.body, mesh.log], [200, "", ["- cors_response"]]);
    assert.deepEqual(corsOf(client.head), {
      "allow-origin": HOME,
      "allow-credentials": "true",
      "allow-methods": "GET,PUT",
      "allow-headers": "x-user",
      "max-age": "86400",
    });
    assert.equal(mesh.cluster("a").upstreams.length, 0);
  });

  test("says no more than the policy", () => {
    assert.deepEqual(corsOf(setUp(exact(HOME)).send(preflight(HOME)).head), {
      "allow-origin": HOME,
    });
  });

  test("that asks for a private network is told, where it may", () => {
    const asking = preflight(HOME, { "access-control-request-private-network": "true" });
    assert.equal(corsOf(setUp(ALL).send(asking).head)["allow-private-network"], "true");
    assert.deepEqual(corsOf(setUp(exact(HOME)).send(asking).head), { "allow-origin": HOME });
  });

  test("of another origin goes to the service, whose answer is left alone", () => {
    const mesh = setUp(ALL);
    const client = mesh.send(preflight("https://other.example.com"));
    mesh.cluster("a").last.respond(204);
    assert.deepEqual([client.status, corsOf(client.head)], [204, {}]);
  });

  test("of another origin is answered without leave, where the policy keeps them here", () => {
    const mesh = setUp({ ...ALL, forwardNotMatchingPreflights: false });
    const client = mesh.send(preflight("https://other.example.com"));
    assert.deepEqual([client.status, corsOf(client.head)], [200, {}]);
    assert.equal(mesh.cluster("a").upstreams.length, 0);
  });

  for (const [title, request] of [
    ["GET", { ...preflight(HOME), method: "GET" }],
    ["OPTIONS that asks for no method", { method: "OPTIONS", headers: { origin: HOME } }],
    [
      "OPTIONS that asks for an empty method",
      preflight(HOME, { "access-control-request-method": "" }),
    ],
  ] as const) {
    test(`is not what ${title} is`, () => {
      const mesh = setUp({ ...ALL, forwardNotMatchingPreflights: false });
      mesh.send(request);
      assert.equal(mesh.cluster("a").upstreams.length, 1);
    });
  }
});

describe("an answer", () => {
  test("to an allowed origin says so", () => {
    const mesh = setUp(ALL);
    const client = mesh.send({ headers: { origin: HOME } });
    mesh
      .cluster("a")
      .last.respond(200, { "access-control-allow-origin": "https://wrong.example.com" });
    assert.deepEqual(corsOf(client.head), {
      "allow-origin": HOME,
      "allow-credentials": "true",
      "expose-headers": "x-sum",
    });
  });

  test("that the proxy makes itself says so too: a page may read why it failed", () => {
    const mesh = setUp(ALL);
    mesh.cluster("a").failures = [{ kind: "no-healthy-host", flag: "UH" }];
    const client = mesh.send({ headers: { origin: HOME } });
    assert.deepEqual([client.status, corsOf(client.head)["allow-origin"]], [503, HOME]);
  });

  for (const [title, policy, headers] of [
    ["to another origin", ALL, { origin: "https://example.com.evil.example" }],
    ["to another scheme", ALL, { origin: "http://example.com" }],
    ["to nobody's page", ALL, {}],
    ["to an empty origin", exact("*"), { origin: "" }],
    ["on a route without a policy", undefined, { origin: HOME }],
    ["where the policy names no origin", {}, { origin: HOME }],
  ] as const) {
    test(`${title} is left alone`, () => {
      const mesh = setUp(policy);
      const client = mesh.send({ headers });
      mesh.cluster("a").last.respond(200);
      assert.deepEqual(corsOf(client.head), {});
    });
  }
});

describe("whose origin is allowed", () => {
  const rule = (matcher: JsonObject) => ({ allowOriginStringMatch: [matcher] });
  for (const [title, policy, origin] of [
    [
      "everybody's, by a star that is meant literally elsewhere",
      exact("*"),
      "https://any.example.com",
    ],
    ["the second of several", exact("https://a.example.com", HOME), HOME],
    ["one that begins as told", rule({ prefix: "https://exa" }), HOME],
    [
      "one that a pattern matches as a whole",
      rule({ safeRegex: { regex: "https://.*\\.com" } }),
      HOME,
    ],
  ] as const) {
    test(`is ${title}`, () => {
      assert.equal(corsOf(setUp(policy).send(preflight(origin)).head)["allow-origin"], origin);
    });
  }
});

describe("a policy for a share of requests", () => {
  const half = {
    ...ALL,
    filterEnabled: { defaultValue: { numerator: 50, denominator: "HUNDRED" } },
  };
  for (const [draw, isAnswered] of [
    [0.49, true],
    [0.5, false],
  ] as const) {
    test(`is ${isAnswered ? "on" : "off"} for a draw of ${draw}`, () => {
      const client = setUp(half, () => draw).send(preflight(HOME));
      assert.equal(client.status, isAnswered ? 200 : undefined);
    });
  }

  test("is off for none", () => {
    const none = {
      ...ALL,
      filterEnabled: { defaultValue: { numerator: 0, denominator: "HUNDRED" } },
    };
    assert.equal(setUp(none).send(preflight(HOME)).status, undefined);
  });

  test("is refused where it would only be watched", () => {
    const shadowEnabled = { defaultValue: { numerator: 100, denominator: "HUNDRED" } };
    assert.throws(() => setUp({ ...ALL, shadowEnabled }), /shadow_enabled: is not supported/);
  });
});
