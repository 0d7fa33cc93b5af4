import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { fakeRequest } from "../../http/fixture/fake-downstream.ts";
import { forwardAction } from "../fixture/route-fixture.ts";
import { rewriteHost, rewritePath } from "./rewrite.ts";

const regexRewrite = (regex: string, substitution: string) => ({
  pattern: { regex },
  substitution,
});

/** The path upstream; undefined where the route has no rewrite. */
function pathFor(match: JsonObject, route: JsonObject, path: string): string | undefined {
  const { pathRewrite } = compile(match, route);
  return pathRewrite && rewritePath(pathRewrite, path);
}

/** Routes match whatever `forwardAction` asks; only what they do with a path counts here. */
function compile(match: JsonObject, route: JsonObject) {
  return forwardAction(route, { match: { ...match } });
}

describe("path rewrite", () => {
  const insensitive = { prefix: "/", caseSensitive: false };
  for (const [title, match, route, path, want] of [
    ["a prefix is replaced", { prefix: "/" }, { prefixRewrite: "/new/" }, "/x", "/new/x"],
    ["the query stays", { prefix: "/" }, { prefixRewrite: "/new/" }, "/x?a=/b", "/new/x?a=/b"],
    ["whatever its case", insensitive, { prefixRewrite: "/N/" }, "/X", "/N/X"],
    ["an exact path is replaced whole", { path: "/" }, { prefixRewrite: "/new" }, "/?q", "/new?q"],
    [
      "a path that a regex matched is replaced whole",
      { safeRegex: { regex: "/.*" } },
      { prefixRewrite: "/new" },
      "/a/b?q",
      "/new?q",
    ],
    [
      "every match of the regex is replaced",
      { prefix: "/" },
      { regexRewrite: regexRewrite("a", "b") },
      "/aa/a?a",
      "/bb/b?a",
    ],
    [
      "groups are put in by number",
      { prefix: "/" },
      { regexRewrite: regexRewrite("^/v(\\d)/(.*)$", "/\\2/\\1") },
      "/v1/x",
      "/x/1",
    ],
    [
      "group 0 is the match",
      { prefix: "/" },
      { regexRewrite: regexRewrite("x", "[\\0]") },
      "/x",
      "/[x]",
    ],
    [
      "a dollar is a dollar and two backslashes are one",
      { prefix: "/" },
      { regexRewrite: regexRewrite("x", "$1\\\\") },
      "/x",
      "/$1\\",
    ],
    [
      "no match leaves the path",
      { prefix: "/" },
      { regexRewrite: regexRewrite("z", "y") },
      "/x",
      "/x",
    ],
    [
      "a group that took no part is empty",
      { prefix: "/" },
      { regexRewrite: regexRewrite("/x(y)?", "/a\\1") },
      "/x",
      "/a",
    ],
    ["no rewrite", { prefix: "/" }, {}, "/x", undefined],
  ] as const) {
    test(title, () => assert.equal(pathFor(match, route, path), want));
  }

  const at = "t.virtual_hosts[0].routes[0].route";
  for (const [title, route, field] of [
    ["prefix and regex together", { prefixRewrite: "/", regexRewrite: regexRewrite("a", "b") }, at],
    [
      "a regex that is none",
      { regexRewrite: regexRewrite("(", "") },
      `${at}.regex_rewrite.pattern`,
    ],
    ["an empty regex", { regexRewrite: regexRewrite("", "b") }, `${at}.regex_rewrite.pattern`],
    [
      "a group that is not there",
      { regexRewrite: regexRewrite("(a)", "\\2") },
      `${at}.regex_rewrite.substitution`,
    ],
    [
      "a backslash before a letter",
      { regexRewrite: regexRewrite("a", "\\n") },
      `${at}.regex_rewrite.substitution`,
    ],
    [
      "a backslash at the end",
      { regexRewrite: regexRewrite("a", "b\\") },
      `${at}.regex_rewrite.substitution`,
    ],
  ] as const) {
    test(`${title} is refused`, () => {
      assert.throws(() => forwardAction(route), { name: "ConfigError", field });
    });
  }
});

describe("host rewrite", () => {
  const hostFor = (route: JsonObject) => {
    const { hostRewrite } = forwardAction(route);
    const request = fakeRequest({ path: "/a.org/x?b", headers: { "x-host": "h.org", empty: "" } });
    return hostRewrite && rewriteHost(hostRewrite, request);
  };
  const pathRegex = { pattern: { regex: "^/([^/]+)/.*$" }, substitution: "\\1" };
  for (const [title, route, want] of [
    ["a literal", { hostRewriteLiteral: "b.org" }, "b.org"],
    ["a header", { hostRewriteHeader: "X-Host" }, "h.org"],
    ["a missing header leaves it", { hostRewriteHeader: "x-other" }, undefined],
    ["an empty header leaves it", { hostRewriteHeader: "empty" }, undefined],
    ["a regex over the path without its query", { hostRewritePathRegex: pathRegex }, "a.org"],
    ["auto leaves it until the host is chosen", { autoHostRewrite: true }, undefined],
    ["none", {}, undefined],
  ] as const) {
    test(title, () => assert.equal(hostFor(route), want));
  }

  test("auto is told apart from none, and false is none", () => {
    assert.deepEqual(forwardAction({ autoHostRewrite: true }).hostRewrite, { kind: "auto" });
    assert.equal(forwardAction({ autoHostRewrite: false }).hostRewrite, undefined);
  });

  test("a substitution with a group that is not there is refused", () => {
    const route = { hostRewritePathRegex: { pattern: { regex: "a" }, substitution: "\\1" } };
    assert.throws(() => forwardAction(route), {
      name: "ConfigError",
      field: "t.virtual_hosts[0].routes[0].route.host_rewrite_path_regex.substitution",
    });
  });
});
