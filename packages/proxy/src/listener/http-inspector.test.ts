import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspectHttp } from "./http-inspector.ts";

describe("HTTP inspector", () => {
  for (const [bytes, want] of [
    ["GET / HTTP/1.1\r\n", "http/1.1"],
    ["GET / HTTP/1.1\n", "http/1.1"],
    ["GET / HTTP/1.0\r\nHost: x", "http/1.0"],
    ["M-SEARCH * HTTP/1.1\r\n", "http/1.1"],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore", "h2c"],
    ["PRI * HTTP/2.0\r\n\r\nXX", ""],
    ["GET / HTTP/2.0\r\n", ""],
    ["GET  HTTP/1.1\r\n", ""],
    ["get / HTTP/1.1\r\n", ""],
    ["\x16\x03\x01", ""],
    ["SSH-2.0-x\r\n", ""],
    ["\r\n", ""],
    [`${"A".repeat(33)} `, ""],
    [`GET /${"a".repeat(8192)}`, ""],
    ["", undefined],
    ["P", undefined],
    ["PRI * HTTP/2.0\r\n\r\nS", undefined],
    ["GET / HT", undefined],
    [`GET /${"a".repeat(8000)}`, undefined],
  ] as const)
    test(`${JSON.stringify(bytes.slice(0, 30))} is ${want ?? "not enough"}`, () => {
      assert.equal(inspectHttp(Buffer.from(bytes, "latin1")), want);
    });
});
