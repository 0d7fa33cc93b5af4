import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeRequest } from "../fixture/fake-downstream.ts";
import { checkTarget } from "./check-target.ts";

describe("an authority", () => {
  for (const authority of [
    "example.com",
    "example.com:80",
    "example.com:65535",
    "example.com.",
    "EXAMPLE.com",
    "a_b.example.com",
    "192.0.2.7",
    "192.0.2.7:8080",
    "[2001:db8::1]",
    "[2001:db8::1]:443",
    "a%2Db.example.com",
  ]) {
    test(`may be ${authority}`, () =>
      assert.equal(checkTarget(fakeRequest({ authority })), undefined));
  }

  for (const authority of [
    "a,b",
    "a/path",
    "a b",
    "a\u0000.b",
    "a:99999",
    "a:65536",
    "a:123456",
    "a:",
    "a:80:80",
    "a:x",
    "user@example.com",
    "user:secret@example.com",
    "a?b",
    "a#b",
    "a\\b",
    "a\r\nX: y",
    "[2001:db8::1",
    "2001:db8::1",
    "[evil.example]",
    "\u00fc.example.com",
    "a%zz",
    "a%",
    ":80",
    '"a"',
    "<a>",
  ]) {
    test(`may not be ${JSON.stringify(authority)}`, () => {
      assert.equal(checkTarget(fakeRequest({ authority })), "invalid_authority");
    });
  }

  test("may only be missing in HTTP/1.0", () => {
    for (const [protocol, want] of [
      ["HTTP/1.0", undefined],
      ["HTTP/1.1", "missing_host_header"],
      ["HTTP/2", "missing_host_header"],
    ] as const) {
      assert.equal(checkTarget(fakeRequest({ authority: "", protocol })), want);
    }
  });
});

describe("a path", () => {
  for (const [method, path, want] of [
    ["GET", "/", undefined],
    ["GET", "//a", undefined],
    ["GET", "/a?b=c#".slice(0, -1), undefined],
    ["OPTIONS", "*", undefined],
    ["GET", "*", "invalid_path"],
    ["GET", "", "invalid_path"],
    ["GET", "a", "invalid_path"],
    ["GET", "?a", "invalid_path"],
    ["GET", "http://example.com/", "invalid_path"],
    ["GET", "/a#b", "invalid_path"],
    ["GET", "/a?b#c", "invalid_path"],
    ["GET", "/a b", "invalid_path"],
    ["GET", "/a\tb", "invalid_path"],
    ["GET", "/a\u007f", "invalid_path"],
    ["GET", "/\u00fc", "invalid_path"],
    ["GET", "/a HTTP/1.1\r\nHost: x", "invalid_path"],
  ] as const) {
    test(`${JSON.stringify(path)} of ${method} is ${want ?? "well-formed"}`, () => {
      assert.equal(checkTarget(fakeRequest({ method, path })), want);
    });
  }
});

describe("CONNECT", () => {
  for (const [authority, want] of [
    ["example.com:443", undefined],
    ["[2001:db8::1]:443", undefined],
    ["example.com", "invalid_authority"],
    ["example.com:65536", "invalid_authority"],
    ["", "missing_host_header"],
  ] as const) {
    test(`to ${JSON.stringify(authority)} is ${want ?? "well-formed"}`, () => {
      assert.equal(checkTarget(fakeRequest({ method: "CONNECT", path: "", authority })), want);
    });
  }
});
