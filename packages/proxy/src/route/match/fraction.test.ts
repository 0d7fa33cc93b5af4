import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isMatch } from "../fixture/route-fixture.ts";

const fraction = (numerator: number, denominator = "HUNDRED") => ({
  prefix: "",
  runtimeFraction: { defaultValue: { numerator, denominator } },
});

describe("runtime fraction", () => {
  for (const [title, match, draw, want] of [
    ["a draw below the numerator is in", fraction(30), 0.2999, true],
    ["a draw at the numerator is out", fraction(30), 0.3, false],
    ["0 takes nobody", fraction(0), 0, false],
    ["100 takes everybody", fraction(100), 0.999_999, true],
    ["more than all is all", fraction(200), 0.999_999, true],
    ["1 of 10000 takes the first", fraction(1, "TEN_THOUSAND"), 0.000_09, true],
    ["1 of 10000 leaves the second", fraction(1, "TEN_THOUSAND"), 0.0001, false],
    ["1 of a million takes the first", fraction(1, "MILLION"), 0.000_000_9, true],
    ["1 of a million leaves the second", fraction(1, "MILLION"), 0.000_001, false],
    ["no default value is 0", { prefix: "", runtimeFraction: {} }, 0, false],
  ] as const) {
    test(title, () =>
      assert.equal(
        isMatch(match, {}, () => draw),
        want,
      ),
    );
  }
});

describe("gRPC match", () => {
  for (const [contentType, want] of [
    ["application/grpc", true],
    ["application/grpc+proto", true],
    ["application/grpc-web", false],
    ["application/json", false],
  ] as const) {
    test(`${contentType} ${want ? "is" : "is not"} gRPC`, () => {
      const headers = { "content-type": contentType };
      assert.equal(isMatch({ prefix: "", grpc: {} }, { headers }), want);
    });
  }

  test("no content type is not gRPC", () => {
    assert.equal(isMatch({ prefix: "", grpc: {} }, {}), false);
  });
});
