import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeConnection, fakeRequest } from "./fixture/fake-downstream.ts";
import { HeaderMap } from "./header-map.ts";
import { isGrpcContentType, StreamInfo } from "./stream-info.ts";

function info(headers: Record<string, string> = {}): StreamInfo {
  return new StreamInfo(fakeConnection(), fakeRequest({ headers }), 0, 0);
}

describe("response flags", () => {
  test("are kept once each, in Envoy's order", () => {
    const stream = info();
    for (const flag of ["URX", "DI", "UF", "UT", "DI"] as const) stream.addFlag(flag);
    assert.deepEqual(stream.flags, ["UT", "UF", "DI", "URX"]);
  });
});

describe("a request is gRPC", () => {
  for (const [contentType, want] of [
    ["application/grpc", true],
    ["application/grpc+proto", true],
    ["application/grpc;charset=utf-8", true],
    ["application/grpc-web", false],
    ["application/grpcfoo", false],
    ["application/grp", false],
    ["application/json", false],
    ["", false],
    [undefined, false],
  ] as const) {
    test(`${want ? "by" : "not by"} ${JSON.stringify(contentType)}`, () => {
      assert.equal(isGrpcContentType(contentType), want);
    });
  }
});

describe("the gRPC status", () => {
  test("is the trailers', then the head's", () => {
    const stream = info();
    assert.equal(stream.grpcStatus, undefined);
    stream.response = { status: 200, headers: new HeaderMap(["grpc-status", "5"]) };
    assert.equal(stream.grpcStatus, "5");
    stream.trailers = new HeaderMap(["grpc-status", "0"]);
    assert.equal(stream.grpcStatus, "0");
  });
});
