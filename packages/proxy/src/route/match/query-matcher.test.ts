import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { QueryParameterMatcherSchema } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { compileQueryMatcher, matchQuery } from "./query-matcher.ts";

const compile = (json: JsonObject) =>
  compileQueryMatcher(
    fromJson(QueryParameterMatcherSchema, { name: "a", ...json }),
    "query_parameters[0]",
  );

describe("query parameter match", () => {
  for (const [title, rule, query, want] of [
    ["no rule means present", {}, "a=1", true],
    ["a name without value is present", {}, "a", true],
    ["another name is not present", {}, "b=a&ab=1&xa=1", false],
    ["nothing is present without a query", {}, "", false],
    ["present, wanted", { presentMatch: true }, "b&a", true],
    ["absent, wanted", { presentMatch: false }, "b", true],
    ["present, not wanted", { presentMatch: false }, "a", false],
    ["the whole value is compared", { stringMatch: { exact: "1" } }, "a=12", false],
    ["a value ends at the next parameter", { stringMatch: { exact: "1" } }, "b=0&a=1&c=2", true],
    ["a value may hold an equals sign", { stringMatch: { exact: "1=2" } }, "a=1=2", true],
    ["a name without value has the empty value", { stringMatch: { exact: "" } }, "b=1&a&c=2", true],
    ["a missing parameter has no value", { stringMatch: { exact: "" } }, "b=1", false],
    ["the first of a name counts", { stringMatch: { exact: "1" } }, "a=1&a=2", true],
    ["a later one of a name does not", { stringMatch: { exact: "2" } }, "a=1&a=2", false],
    ["names mind case", {}, "A=1", false],
    ["values may ignore case", { stringMatch: { exact: "X", ignoreCase: true } }, "a=x", true],
    [
      "a regex takes the whole value",
      { stringMatch: { safeRegex: { regex: "\\d+" } } },
      "a=1b",
      false,
    ],
    ["a value is compared as it was sent", { stringMatch: { exact: "b c" } }, "a=b%20c", false],
    ["an escape is text", { stringMatch: { exact: "b%20c" } }, "a=b%20c", true],
    ["a broken escape is text", { stringMatch: { exact: "%zz" } }, "a=%zz", true],
    ["an empty name is no name", {}, "=1&&", false],
  ] as const) {
    test(title, () => assert.equal(matchQuery(compile(rule), query), want));
  }

  for (const [json, field] of [
    [{ name: "" }, "query_parameters[0].name"],
    [{ stringMatch: {} }, "query_parameters[0].string_match"],
    [{ stringMatch: { safeRegex: { regex: "[" } } }, "query_parameters[0].string_match.safe_regex"],
  ] as const) {
    test(`refuses ${JSON.stringify(json)} and names ${field}`, () => {
      assert.throws(() => compile(json), { name: "ConfigError", field });
    });
  }
});
