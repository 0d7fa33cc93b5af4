import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "@weft/core";
import { HeaderMap } from "../header-map.ts";
import { applyRequestId, randomUuid } from "./request-id.ts";

const MADE = "00000000-0000-4000-8000-000000000000";

function idOf(
  given: string | undefined,
  rules: {
    readonly generate?: boolean;
    readonly preserveExternal?: boolean;
    readonly isEdge?: boolean;
  },
): string | undefined {
  const headers = new HeaderMap(given === undefined ? [] : ["x-request-id", given]);
  const complete = { generate: true, preserveExternal: false, isEdge: false, ...rules };
  applyRequestId(headers, complete, () => 0);
  return headers.joined("x-request-id");
}

describe("x-request-id", () => {
  for (const [title, given, rules, want] of [
    ["is made where there is none", undefined, {}, MADE],
    ["is made where there is none at the edge", undefined, { isEdge: true }, MADE],
    ["is kept within the mesh", "mine", {}, "mine"],
    ["is replaced at the edge", "mine", { isEdge: true }, MADE],
    ["is kept at the edge where told so", "mine", { isEdge: true, preserveExternal: true }, "mine"],
    ["is not made where told not to", undefined, { generate: false }, undefined],
    [
      "is not replaced where told not to make any",
      "mine",
      { generate: false, isEdge: true },
      "mine",
    ],
  ] as const) {
    test(title, () => assert.equal(idOf(given, rules), want));
  }

  test("that came twice is one at the edge", () => {
    const headers = new HeaderMap(["x-request-id", "a", "x-request-id", "b"]);
    applyRequestId(headers, { generate: true, preserveExternal: false, isEdge: true }, () => 0);
    assert.equal(headers.joined("x-request-id"), MADE);
  });
});

describe("a made id", () => {
  test("is a UUID of version 4, at both ends of the random too", () => {
    const seeded = seededRandom(1);
    const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    for (const random of [() => 0, () => 1 - 2 ** -53, seeded])
      assert.match(randomUuid(random), shape);
  });

  test("is not made twice", () => {
    const random = seededRandom(2);
    const made = new Set(Array.from({ length: 1000 }, () => randomUuid(random)));
    assert.equal(made.size, 1000);
  });
});
