import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { grpcTimeoutMs } from "./grpc-timeout.ts";

describe("grpc-timeout", () => {
  for (const [text, want] of [
    ["1H", 3_600_000],
    ["2M", 120_000],
    ["3S", 3000],
    ["250m", 250],
    ["1500u", 1.5],
    ["1000000n", 1],
    ["0S", 0],
    ["99999999m", 99_999_999],
    ["100000000m", undefined],
    ["1", undefined],
    ["S", undefined],
    ["1s", undefined],
    ["1 S", undefined],
    ["-1S", undefined],
    ["+1S", undefined],
    ["1.5S", undefined],
    ["1SS", undefined],
    ["", undefined],
    [undefined, undefined],
  ] as const) {
    test(`${JSON.stringify(text)} is ${want ?? "no"} ms`, () => {
      const got = grpcTimeoutMs(text);
      if (want === undefined || got === undefined) assert.equal(got, want);
      else assert(Math.abs(got - want) < 1e-9, `${got}`);
    });
  }
});
