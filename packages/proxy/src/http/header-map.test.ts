import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "./header-map.ts";

const sample = () => new HeaderMap(["a", "1", "b", "2", "a", "3", "c", "", "a", "4"]);

describe("header fields", () => {
  test("are found by name, the first of several", () => {
    assert.deepEqual(
      [sample().get("a"), sample().get("b"), sample().get("x")],
      ["1", "2", undefined],
    );
  });

  test("are there also when empty", () => {
    assert.deepEqual([sample().has("c"), sample().get("c"), sample().joined("c")], [true, "", ""]);
    assert.equal(sample().has("x"), false);
  });

  test("are joined in their order", () => {
    assert.deepEqual([sample().joined("a"), sample().joined("x")], ["1,3,4", undefined]);
  });

  test("are not found by a value that reads like a name", () => {
    const map = new HeaderMap(["x", "a", "a", "1"]);
    assert.equal(map.get("a"), "1");
    map.remove("a");
    assert.deepEqual(map.flat, ["x", "a"]);
  });

  test("are replaced at the first one's place, or added at the end", () => {
    const map = sample();
    map.set("a", "9");
    map.set("d", "5");
    assert.deepEqual(map.flat, ["a", "9", "b", "2", "c", "", "d", "5"]);
  });

  test("are removed all at once, and nothing else is", () => {
    const map = sample();
    map.remove("a");
    map.remove("x");
    assert.deepEqual(map.flat, ["b", "2", "c", ""]);
  });

  test("of a copy are its own", () => {
    const map = sample();
    const copy = map.copy();
    copy.add("z", "0");
    copy.set("b", "8");
    assert.deepEqual([map.has("z"), map.get("b")], [false, "2"]);
  });

  test("may be called like members of an object", () => {
    const map = new HeaderMap(["__proto__", "x", "constructor", "y"]);
    assert.deepEqual(
      [map.get("__proto__"), map.get("constructor"), map.get("tostring")],
      ["x", "y", undefined],
    );
  });
});
