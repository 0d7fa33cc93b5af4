import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "@weft/core";
import { type EscapedSlashes, type NormalizedPath, normalizePath } from "./normalize-path.ts";

const STRICT = { normalize: true, mergeSlashes: true, escapedSlashes: "reject" } as const;

const ok = (path: string): NormalizedPath => ({ kind: "ok", path });
const reject = (detail: string): NormalizedPath => ({ kind: "reject", detail });

describe("a path's one spelling", () => {
  for (const [path, want] of [
    ["/", "/"],
    ["/plain/path", "/plain/path"],
    ["//", "/"],
    ["/a//b///c", "/a/b/c"],
    ["/a/./b", "/a/b"],
    ["/a/.", "/a/"],
    ["/./", "/"],
    ["/a/../b", "/b"],
    ["/a/..", "/"],
    ["/a/b/../..", "/"],
    ["/..", "/"],
    ["/../../etc/passwd", "/etc/passwd"],
    ["/a/b/../c/", "/a/c/"],
    ["/a//../b", "/a/b"],
    ["/a/...", "/a/..."],
    ["/.hidden", "/.hidden"],
    ["/a./b", "/a./b"],
    ["/..;/admin", "/..;/admin"],
    ["/a;p=1/../b", "/b"],
    ["/Admin", "/Admin"],
    ["/%61dmin", "/admin"],
    ["/%41%5A%30%2d%2E%5f%7E", "/AZ0-._~"],
    ["/%2e%2e/admin", "/admin"],
    ["/a/%2E%2e/admin", "/admin"],
    ["/.%2e/admin", "/admin"],
    ["/a%20b", "/a%20b"],
    ["/%c3%bc", "/%C3%BC"],
    ["/%c0%ae%c0%ae/", "/%C0%AE%C0%AE/"],
    ["/%252e%252e/", "/%252e%252e/"],
    ["/%252f", "/%252f"],
    ["/a\\..\\b", "/b"],
    ["\\a", "/a"],
    ["/%3f%23", "/%3F%23"],
    ["/a?x=//../%2e#", "/a?x=//../%2e#"],
    ["/a/..?q=/../", "/?q=/../"],
  ] as const) {
    test(`of ${path} is ${want}`, () => assert.deepEqual(normalizePath(path, STRICT), ok(want)));
  }

  test("is found once: a second look changes nothing", () => {
    const random = seededRandom(2026);
    const parts = ["/", ".", "..", "%2e", "%61", "\\", "a", "//", ";", "%C3", "%25", "2e"];
    for (let round = 0; round < 2000; round += 1) {
      let path = "/";
      for (let count = 0; count < 8; count += 1) path += parts[Math.floor(random() * parts.length)];
      const first = normalizePath(path, STRICT);
      if (first.kind !== "ok") continue;
      assert.deepEqual(normalizePath(first.path, STRICT), first, path);
      assert.doesNotMatch(first.path, /\/\/|\/\.\.?(\/|$)|\\/, path);
    }
  });
});

describe("a path with two readings", () => {
  for (const [path, detail] of [
    ["/a%2fb", "path_escaped_slash"],
    ["/a%2Fb", "path_escaped_slash"],
    ["/a%5cb", "path_escaped_slash"],
    ["/..%5C..%5C", "path_escaped_slash"],
    ["/a%00", "path_control_character"],
    ["/a%0d%0aX:y", "path_control_character"],
    ["/a%1f", "path_control_character"],
    ["/a%7F", "path_control_character"],
    ["/%u002e", "path_broken_escape"],
    ["/%", "path_broken_escape"],
    ["/%4", "path_broken_escape"],
    ["/%zz", "path_broken_escape"],
    ["/a#b", "path_fragment"],
  ] as const) {
    test(`is refused: ${path}`, () =>
      assert.deepEqual(normalizePath(path, STRICT), reject(detail)));
  }

  test("is not one whose query has them", () => {
    const path = "/a?b=%2f%00%zz\\";
    assert.deepEqual(normalizePath(path, STRICT), ok(path));
  });
});

describe("an escaped slash", () => {
  const rules = (escapedSlashes: EscapedSlashes) => ({ ...STRICT, escapedSlashes });
  for (const [escapedSlashes, path, want] of [
    ["keep", "/a%2Fb", ok("/a%2Fb")],
    ["keep", "/a%2F..%2Fb", ok("/a%2F..%2Fb")],
    ["unescape", "/a%2Fb", ok("/a/b")],
    ["unescape", "/a%5cb", ok("/a/b")],
    ["unescape", "/a%2f..%2fb", ok("/b")],
    ["unescape", "/a%252fb", ok("/a%252fb")],
    ["redirect", "/a%2fb", { kind: "redirect", path: "/a/b" }],
    ["redirect", "/%2f%2fevil.example", { kind: "redirect", path: "/evil.example" }],
    ["redirect", "/a%2f..%2fb?q=%2f", { kind: "redirect", path: "/b?q=%2f" }],
    ["redirect", "/a/../b", ok("/b")],
  ] as const) {
    test(`in ${path}, when told to ${escapedSlashes}, makes ${JSON.stringify(want)}`, () => {
      assert.deepEqual(normalizePath(path, rules(escapedSlashes)), want);
    });
  }
});

describe("rules that are off", () => {
  test("leave dots and escapes alone", () => {
    const rules = { normalize: false, mergeSlashes: false, escapedSlashes: "keep" } as const;
    for (const path of ["/a/../b", "/%61", "//a", "/a\\b", "/a%2fb"]) {
      assert.deepEqual(normalizePath(path, rules), ok(path));
    }
  });

  test("leave double slashes alone where only they are", () => {
    assert.deepEqual(normalizePath("//a/./b", { ...STRICT, mergeSlashes: false }), ok("//a/b"));
  });

  test("merge slashes without resolving dots", () => {
    assert.deepEqual(normalizePath("//a/../b", { ...STRICT, normalize: false }), ok("/a/../b"));
  });
});
