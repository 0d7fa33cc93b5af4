import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isMatch } from "../fixture/route-fixture.ts";

const INSENSITIVE = { caseSensitive: false };

describe("path match", () => {
  for (const [title, match, path, want] of [
    ["prefix takes what begins with it", { prefix: "/api" }, "/api/v1", true],
    ["prefix knows no path segments", { prefix: "/api" }, "/apis", true],
    ["prefix is no substring", { prefix: "/api" }, "/v1/api", false],
    ["an empty prefix takes every path", { prefix: "" }, "/x", true],
    ["prefix minds case", { prefix: "/api" }, "/API", false],
    ["prefix minds no case when told", { prefix: "/aPi", ...INSENSITIVE }, "/ApI/x", true],
    ["prefix does not reach into the query", { prefix: "/a?b" }, "/a?b", false],
    ["path takes the whole path", { path: "/api" }, "/api", true],
    ["path takes no more", { path: "/api" }, "/api/", false],
    ["path takes no less", { path: "/api/" }, "/api", false],
    ["path ignores the query", { path: "/api" }, "/api?a=/b", true],
    ["path minds case", { path: "/api" }, "/Api", false],
    ["path minds no case when told", { path: "/Api", ...INSENSITIVE }, "/aPI", true],
    ["separated prefix takes itself", { pathSeparatedPrefix: "/api" }, "/api", true],
    ["separated prefix takes segments below", { pathSeparatedPrefix: "/api" }, "/api/v1", true],
    ["separated prefix takes a trailing slash", { pathSeparatedPrefix: "/api" }, "/api/", true],
    ["separated prefix takes no other word", { pathSeparatedPrefix: "/api" }, "/apis", false],
    ["separated prefix ignores the query", { pathSeparatedPrefix: "/api" }, "/api?x", true],
    [
      "separated prefix minds no case when told",
      { pathSeparatedPrefix: "/Api", ...INSENSITIVE },
      "/aPI/x",
      true,
    ],
    ["regex takes the whole path", { safeRegex: { regex: "/a[0-9]+" } }, "/a12", true],
    ["regex is anchored at the end", { safeRegex: { regex: "/a[0-9]+" } }, "/a12b", false],
    ["regex is anchored at the start", { safeRegex: { regex: "a[0-9]+" } }, "/a12", false],
    ["alternatives are anchored as a whole", { safeRegex: { regex: "/a|/b" } }, "/bc", false],
    ["regex ignores the query", { safeRegex: { regex: "/a" } }, "/a?b=c", true],
    [
      "regex minds case whatever case_sensitive says",
      { safeRegex: { regex: "/a" }, ...INSENSITIVE },
      "/A",
      false,
    ],
    ["regex has its own flags", { safeRegex: { regex: "(?i)/a" } }, "/A", true],
    ["connect takes no other method", { connectMatcher: {} }, "/", false],
  ] as const) {
    test(title, () => assert.equal(isMatch(match, { path }), want));
  }

  test("CONNECT goes only to a route for it", () => {
    const connect = { method: "CONNECT", path: "", scheme: "" };
    assert.equal(isMatch({ prefix: "" }, connect), false);
    assert.equal(isMatch({ connectMatcher: {} }, connect), true);
  });

  for (const [title, match, field] of [
    ["no path rule", {}, "t.virtual_hosts[0].routes[0].match"],
    [
      "a separated prefix with a slash at its end",
      { pathSeparatedPrefix: "/api/" },
      "t.virtual_hosts[0].routes[0].match.path_separated_prefix",
    ],
    [
      "a separated prefix with a query",
      { pathSeparatedPrefix: "/api?x" },
      "t.virtual_hosts[0].routes[0].match.path_separated_prefix",
    ],
    [
      "an expression that RE2 does not know",
      { safeRegex: { regex: "(?=a)" } },
      "t.virtual_hosts[0].routes[0].match.safe_regex",
    ],
    [
      "an empty expression",
      { safeRegex: { regex: "" } },
      "t.virtual_hosts[0].routes[0].match.safe_regex",
    ],
    [
      "an expression without end",
      { safeRegex: { regex: `/${"a".repeat(1024)}` } },
      "t.virtual_hosts[0].routes[0].match.safe_regex",
    ],
  ] as const) {
    test(`${title} is refused`, () => {
      assert.throws(() => isMatch(match, {}), { name: "ConfigError", field });
    });
  }

  test("an expression of the greatest length is taken", () => {
    const regex = `/${"a".repeat(1023)}`;
    assert.equal(isMatch({ safeRegex: { regex } }, { path: regex }), true);
  });

  test("an expression that backtracks elsewhere takes linear time", () => {
    const path = `/${"a".repeat(50_000)}!`;
    assert.equal(isMatch({ safeRegex: { regex: "/(a+)+" } }, { path }), false);
  });
});
