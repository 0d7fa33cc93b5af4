import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "./header-map.ts";

describe("a header map", () => {
  test("keeps order, repeated names, and names that mean something to objects", () => {
    const map = new HeaderMap(["b", "1", "__proto__", "2", "a", "3", "b", "4", "0", "5"]);
    map.add("constructor", "6");
    const want = ["b", "1", "__proto__", "2", "a", "3", "b", "4", "0", "5", "constructor", "6"];
    assert.deepEqual(map.flat, want);
    assert.equal(map.get("__proto__"), "2");
    assert.equal(map.get("tostring"), undefined);
    assert.equal(map.joined("b"), "1,4");
  });

  test("set replaces all entries of a name at the place of the first", () => {
    const map = new HeaderMap(["a", "1", "b", "2", "a", "3", "a", "4"]);
    map.set("a", "5");
    map.set("c", "6");
    assert.deepEqual(map.flat, ["a", "5", "b", "2", "c", "6"]);
  });

  test("remove takes every entry", () => {
    const map = new HeaderMap(["a", "1", "b", "2", "a", "3"]);
    map.remove("a");
    assert.deepEqual(map.flat, ["b", "2"]);
  });

  test("a copy is on its own", () => {
    const map = new HeaderMap(["a", "1"]);
    map.copy().set("a", "2");
    assert.equal(map.get("a"), "1");
  });

  for (const value of ["a\r\nset-cookie: b=c", "a\nb", "a\rb", "a\0b"]) {
    test(`no value becomes a line of its own: ${JSON.stringify(value)}`, () => {
      const map = new HeaderMap();
      map.add("x", value);
      map.set("y", value);
      for (const held of [map.get("x"), map.get("y")]) assert.match(held ?? "", /^a [^\0\r\n]+$/);
    });
  }
});
