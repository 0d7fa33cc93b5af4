import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isExportedTo } from "./visibility.ts";

describe("a resource of namespace books is seen", () => {
  for (const [exportTo, namespace, want] of [
    [[], "music", true],
    [["*"], "music", true],
    [["."], "books", true],
    [["."], "music", false],
    [["music"], "music", true],
    [["music"], "books", false],
    [["films", "music"], "music", true],
    [["films", "."], "books", true],
    [["~"], "books", false],
    [["~"], "music", false],
  ] as const) {
    test(`${want ? "" : "not "}by ${namespace} with exportTo [${exportTo.join(", ")}]`, () => {
      assert.equal(isExportedTo({ namespace: "books", exportTo }, namespace), want);
    });
  }
});
