import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeGrpcMessage, grpcStatusOf, renderLocalReply } from "./local-reply.ts";

const HTTP = { isGrpc: false, isHead: false };
const GRPC = { isGrpc: true, isHead: false };

describe("a reply of the proxy's own", () => {
  test("has length and type of its text", () => {
    const { head, body } = renderLocalReply({ status: 503, body: "gr\u00fcn", detail: "x" }, HTTP);
    assert.equal(body?.toString(), "gr\u00fcn");
    assert.deepEqual(head.headers.flat, ["content-length", "5", "content-type", "text/plain"]);
  });

  test("keeps the type and the headers that it brings, and not its caller's array", () => {
    const headers = ["content-type", "text/html", "x-a", "1"];
    const { head } = renderLocalReply({ status: 403, body: "b", headers, detail: "x" }, HTTP);
    assert.deepEqual(head.headers.flat, [...headers, "content-length", "1"]);
    assert.equal(headers.length, 4);
  });

  test("to gRPC is trailers only, with the text as message", () => {
    const { head, body } = renderLocalReply({ status: 503, body: "no host", detail: "x" }, GRPC);
    assert.deepEqual([head.status, body], [200, undefined]);
    assert.deepEqual(head.headers.flat, [
      "content-type",
      "application/grpc",
      "grpc-status",
      "14",
      "grpc-message",
      "no host",
    ]);
  });

  test("to gRPC has the status that it brings, and no message without a text", () => {
    const { head } = renderLocalReply({ status: 503, detail: "x", grpcStatus: 8 }, GRPC);
    assert.deepEqual(head.headers.flat, ["content-type", "application/grpc", "grpc-status", "8"]);
  });
});

describe("the gRPC status for an HTTP status", () => {
  for (const [http, grpc] of [
    [400, 13],
    [401, 16],
    [403, 7],
    [404, 12],
    [429, 14],
    [502, 14],
    [503, 14],
    [504, 14],
    [408, 2],
    [418, 2],
    [500, 2],
    [505, 2],
  ] as const) {
    test(`${http} is ${grpc}`, () => assert.equal(grpcStatusOf(http), grpc));
  }
});

describe("a gRPC message", () => {
  for (const [text, want] of [
    ["plain text ~", "plain text ~"],
    ["100%", "100%25"],
    ["a\r\nb", "a%0D%0Ab"],
    ["\u00fc", "%C3%BC"],
    ["\u007f\u0000", "%7F%00"],
  ] as const) {
    test(`${JSON.stringify(text)} is written ${want}`, () =>
      assert.equal(encodeGrpcMessage(text), want));
  }
});
