import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { HeaderMatcherSchema } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { fakeRequest } from "../../http/fixture/fake-downstream.ts";
import { compileHeaderMatcher, matchHeader } from "./header-matcher.ts";

const compile = (json: JsonObject) =>
  compileHeaderMatcher(fromJson(HeaderMatcherSchema, { name: "x", ...json }), "headers[0]");

/** Whether a rule on `x` takes a request with these values of `x`. */
function isMatch(json: JsonObject, ...values: string[]): boolean {
  const request = fakeRequest();
  for (const value of values) request.headers.add("x", value);
  return matchHeader(compile(json), request);
}

describe("header match", () => {
  for (const [rule, hit, miss] of [
    [{ stringMatch: { exact: "a" } }, "a", "ab"],
    [{ stringMatch: { exact: "" } }, "", "a"],
    [{ stringMatch: { prefix: "a" } }, "ab", "ba"],
    [{ stringMatch: { suffix: "a" } }, "ba", "ab"],
    [{ stringMatch: { contains: "a" } }, "bab", "b"],
    [{ stringMatch: { safeRegex: { regex: "a+" } } }, "aa", "aab"],
    [{ stringMatch: { exact: "aB", ignoreCase: true } }, "Ab", "abc"],
    [{ stringMatch: { prefix: "A", ignoreCase: true } }, "ab", "b"],
    [{ stringMatch: { suffix: "A", ignoreCase: true } }, "ba", "b"],
    [{ stringMatch: { contains: "A", ignoreCase: true } }, "bab", "b"],
    [{ stringMatch: { exact: "a" } }, "a", "A"],
    [{ exactMatch: "a" }, "a", "A"],
    [{ prefixMatch: "a" }, "ab", "ba"],
    [{ suffixMatch: "a" }, "ba", "ab"],
    [{ containsMatch: "a" }, "bab", "b"],
    [{ safeRegexMatch: { regex: "a.c" } }, "abc", "abcd"],
    [{ rangeMatch: { start: "1", end: "10" } }, "1", "10"],
    [{ rangeMatch: { start: "1", end: "10" } }, "9", "0"],
    [{ rangeMatch: { start: "-5", end: "0" } }, "-5", "5"],
    [{ rangeMatch: { start: "1", end: "10" } }, "+3", "3.0"],
    [{ rangeMatch: { start: "0", end: "9223372036854775807" } }, "9223372036854775806", "a"],
    [{ rangeMatch: { start: "0", end: "10" } }, "007", ""],
  ] as const) {
    test(`${JSON.stringify(rule)} takes ${JSON.stringify(hit)}, not ${JSON.stringify(miss)}`, () => {
      assert.deepEqual([isMatch(rule, hit), isMatch(rule, miss)], [true, false]);
      const inverted = { ...rule, invertMatch: true };
      assert.deepEqual([isMatch(inverted, hit), isMatch(inverted, miss)], [false, true]);
    });
  }

  for (const [title, rule, whenPresent, whenAbsent] of [
    ["no rule means present", {}, true, false],
    ["present", { presentMatch: true }, true, false],
    ["absent", { presentMatch: false }, false, true],
    ["present, inverted", { presentMatch: true, invertMatch: true }, false, true],
    ["absent, inverted", { presentMatch: false, invertMatch: true }, true, false],
    ["a value", { exactMatch: "a" }, true, false],
    ["another value, inverted", { exactMatch: "b", invertMatch: true }, true, false],
    ["a range, inverted", { rangeMatch: { start: "1", end: "2" }, invertMatch: true }, true, false],
  ] as const) {
    test(`${title}: a missing header ${whenAbsent ? "matches" : "does not match"}`, () => {
      assert.deepEqual([isMatch(rule, "a"), isMatch(rule)], [whenPresent, whenAbsent]);
    });
  }

  test("a missing header is the empty value when it is treated so", () => {
    const treatMissingHeaderAsEmpty = true;
    assert.equal(isMatch({ exactMatch: "", treatMissingHeaderAsEmpty }), true);
    assert.equal(isMatch({ exactMatch: "a", treatMissingHeaderAsEmpty }), false);
    assert.equal(isMatch({ exactMatch: "a", invertMatch: true, treatMissingHeaderAsEmpty }), true);
    const regex = { safeRegexMatch: { regex: "a*" }, treatMissingHeaderAsEmpty };
    assert.equal(isMatch(regex), true);
  });

  test("an empty value is present", () => {
    assert.equal(isMatch({ presentMatch: true }, ""), true);
  });

  test("a repeated header is matched as one value joined with commas", () => {
    assert.equal(isMatch({ exactMatch: "a,b" }, "a", "b"), true);
    assert.equal(isMatch({ exactMatch: "a" }, "a", "b"), false);
    assert.equal(isMatch({ containsMatch: "b" }, "a", "b"), true);
  });

  for (const [name, value] of [
    [":method", "POST"],
    [":path", "/a?b=c"],
    [":authority", "a.example.com:80"],
    ["host", "a.example.com:80"],
    [":scheme", "https"],
    ["X-Upper", "1"],
  ] as const) {
    test(`${name} is matched like any header`, () => {
      const request = fakeRequest({
        method: "POST",
        path: "/a?b=c",
        authority: "a.example.com:80",
        scheme: "https",
        headers: { "x-upper": "1" },
      });
      assert.equal(matchHeader(compile({ name, exactMatch: value }), request), true);
      assert.equal(matchHeader(compile({ name, exactMatch: "other" }), request), false);
    });
  }

  for (const [json, field] of [
    [{ name: "" }, "headers[0].name"],
    [{ prefixMatch: "" }, "headers[0].prefix_match"],
    [{ suffixMatch: "" }, "headers[0].suffix_match"],
    [{ containsMatch: "" }, "headers[0].contains_match"],
    [{ safeRegexMatch: { regex: "(" } }, "headers[0].safe_regex_match"],
    [{ stringMatch: {} }, "headers[0].string_match"],
    [{ stringMatch: { prefix: "" } }, "headers[0].string_match.prefix"],
    [{ stringMatch: { contains: "" } }, "headers[0].string_match.contains"],
    [{ stringMatch: { safeRegex: {} } }, "headers[0].string_match.safe_regex"],
    [{ stringMatch: { custom: { name: "c" } } }, "headers[0].string_match.custom"],
  ] as const) {
    test(`refuses ${JSON.stringify(json)} and names ${field}`, () => {
      assert.throws(() => compile(json), { name: "ConfigError", field });
    });
  }
});
