import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { coversHost, mostSpecificMatch } from "./host-match.ts";

describe("a name or wildcard covers", () => {
  for (const [pattern, host, want] of [
    ["a.example.com", "a.example.com", true],
    ["a.example.com", "b.example.com", false],
    ["a.example.com", "x.a.example.com", false],
    ["*.example.com", "a.example.com", true],
    ["*.example.com", "b.a.example.com", true],
    ["*.example.com", "example.com", false],
    ["*.example.com", "notexample.com", false],
    ["*.example.com", "*.example.com", true],
    ["*.example.com", "*.a.example.com", true],
    ["*.a.example.com", "*.example.com", false],
    ["a.example.com", "*.example.com", false],
    ["*", "a.example.com", true],
    ["*", "*", true],
    ["*.example.com", "*", false],
  ] as const) {
    test(`${pattern} ${want ? "" : "not "}${host}`, () => {
      assert.equal(coversHost(pattern, host), want);
    });
  }
});

describe("of several the most specific matches", () => {
  for (const [title, patterns, want] of [
    ["the name itself before wildcards", ["*", "*.example.com", "a.example.com"], "a.example.com"],
    ["the longer wildcard", ["*.com", "*.example.com", "*"], "*.example.com"],
    ["* when nothing else does", ["*", "*.example.org"], "*"],
    ["none", ["*.example.org", "b.example.com"], undefined],
    ["none of none", [], undefined],
  ] as const) {
    test(title, () => assert.equal(mostSpecificMatch("a.example.com", patterns), want));
  }
});
