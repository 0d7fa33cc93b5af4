import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { fakeRequest } from "../../http/fixture/fake-downstream.ts";
import { decide, type RequestOverrides, tableOf } from "../fixture/route-fixture.ts";
import { type RedirectAction, redirectLocation, tlsRedirectLocation } from "./redirect.ts";

function compile(redirect: JsonObject, match: JsonObject = { prefix: "/" }): RedirectAction {
  const { action } = decide(tableOf({ match, redirect }), { path: "/old/x?q=1" }).route;
  assert(action.kind === "redirect");
  return action;
}

const REQUEST = { authority: "example.com:8080", path: "/old/x?q=1" };

function locate(redirect: JsonObject, request: RequestOverrides = {}, match?: JsonObject): string {
  return redirectLocation(compile(redirect, match), fakeRequest({ ...REQUEST, ...request }));
}

describe("redirect location", () => {
  const withRegex = (regex: string, substitution: string) => ({
    regexRewrite: { pattern: { regex }, substitution },
  });
  for (const [title, redirect, want] of [
    ["nothing changed leads back", {}, "http://example.com:8080/old/x?q=1"],
    [
      "https keeps a port of its own",
      { httpsRedirect: true },
      "https://example.com:8080/old/x?q=1",
    ],
    [
      "https_redirect false is nothing",
      { httpsRedirect: false },
      "http://example.com:8080/old/x?q=1",
    ],
    ["a scheme", { schemeRedirect: "ws" }, "ws://example.com:8080/old/x?q=1"],
    [
      "a host takes the place of host and port",
      { hostRedirect: "b.org" },
      "http://b.org/old/x?q=1",
    ],
    ["a port takes the old one's place", { portRedirect: 81 }, "http://example.com:81/old/x?q=1"],
    ["host and port", { hostRedirect: "b.org", portRedirect: 81 }, "http://b.org:81/old/x?q=1"],
    [
      "a port that is asked for stays, the scheme's default too",
      { httpsRedirect: true, portRedirect: 443 },
      "https://example.com:443/old/x?q=1",
    ],
    ["a path keeps the query", { pathRedirect: "/new" }, "http://example.com:8080/new?q=1"],
    ["a path with a query", { pathRedirect: "/new?z=2" }, "http://example.com:8080/new?z=2"],
    ["a path without slash gets one", { pathRedirect: "new" }, "http://example.com:8080/new?q=1"],
    ["strip_query", { stripQuery: true }, "http://example.com:8080/old/x"],
    ["a path, stripped", { pathRedirect: "/new", stripQuery: true }, "http://example.com:8080/new"],
    [
      "the query of the path itself is not stripped",
      { pathRedirect: "/new?z=2", stripQuery: true },
      "http://example.com:8080/new?z=2",
    ],
    ["regex", withRegex("^/(\\w+)/(\\w+)", "/\\2/\\1"), "http://example.com:8080/x/old?q=1"],
  ] as const) {
    test(title, () => assert.equal(locate(redirect), want));
  }

  test("prefix_rewrite replaces what the route's prefix matched", () => {
    const match = { prefix: "/old" };
    assert.equal(locate({ prefixRewrite: "/new" }, {}, match), "http://example.com:8080/new/x?q=1");
  });

  for (const [title, redirect, scheme, authority, want] of [
    ["http's port goes with http", { httpsRedirect: true }, "http", "a.org:80", "https://a.org/"],
    [
      "https's port goes with https",
      { schemeRedirect: "http" },
      "https",
      "a.org:443",
      "http://a.org/",
    ],
    [
      "a port of the other scheme stays",
      { httpsRedirect: true },
      "http",
      "a.org:443",
      "https://a.org:443/",
    ],
    [
      "the port stays with its scheme",
      { schemeRedirect: "http" },
      "http",
      "a.org:80",
      "http://a.org:80/",
    ],
    ["an IPv6 host", { portRedirect: 81 }, "http", "[2001:db8::1]:80", "http://[2001:db8::1]:81/"],
    [
      "an IPv6 host without port",
      { portRedirect: 81 },
      "http",
      "[2001:db8::1]",
      "http://[2001:db8::1]:81/",
    ],
  ] as const) {
    test(title, () => {
      assert.equal(locate(redirect, { scheme, authority, path: "/" }), want);
    });
  }

  for (const [code, want] of [
    [undefined, 301],
    ["MOVED_PERMANENTLY", 301],
    ["FOUND", 302],
    ["SEE_OTHER", 303],
    ["TEMPORARY_REDIRECT", 307],
    ["PERMANENT_REDIRECT", 308],
  ] as const) {
    test(`response code ${code ?? "by default"} is ${want}`, () => {
      assert.equal(compile(code === undefined ? {} : { responseCode: code }).status, want);
    });
  }

  test("a response code that does not exist is refused", () => {
    assert.throws(() => compile({ responseCode: 9 }), {
      name: "ConfigError",
      field: "t.virtual_hosts[0].routes[0].redirect.response_code",
    });
  });
});

describe("require_tls", () => {
  for (const [requirement, scheme, internal, want] of [
    ["none", "http", false, undefined],
    ["all", "http", false, "https://example.com:8080/old/x?q=1"],
    ["all", "http", true, "https://example.com:8080/old/x?q=1"],
    ["all", "https", false, undefined],
    ["external", "http", false, "https://example.com:8080/old/x?q=1"],
    ["external", "http", true, undefined],
  ] as const) {
    test(`${requirement}: ${internal ? "internal" : "external"} ${scheme} goes to ${want}`, () => {
      const headers = internal ? { "x-envoy-internal": "true" } : {};
      const request = fakeRequest({ ...REQUEST, scheme, headers: { ...headers } });
      assert.equal(tlsRedirectLocation(requirement, request), want);
    });
  }
});
