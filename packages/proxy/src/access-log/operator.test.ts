import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type FinishedRequest, finishedRequest, TLS_INFO } from "./fixture/finished-request.ts";
import { compileTextFormat } from "./text-format.ts";

const line = (format: string, given: FinishedRequest = {}) =>
  compileTextFormat(format, "format", { emptyForUnset: false }).format(finishedRequest(given));

type Case = readonly [operator: string, given: FinishedRequest, want: string];

const upstream = {
  localAddress: "192.0.2.9:50000",
  protocol: "http2" as const,
  tls: { ...TLS_INFO, peerUriSans: ["spiffe://a", "spiffe://b"] },
};

const CASES: readonly Case[] = [
  ["REQ(X-Mixed)", { request: { headers: { "x-mixed": "v" } } }, "v"],
  ["REQ(A?B)", { request: { headers: { a: "1", b: "2" } } }, "1"],
  ["REQ(A?B)", { request: { headers: { b: "2" } } }, "2"],
  ["REQ(A?:PATH)", { request: { path: "/p?q" } }, "/p?q"],
  ["REQ_WITHOUT_QUERY(:PATH)", { request: { path: "/p?q=1?r" } }, "/p"],
  ["REQ(:SCHEME)", {}, "http"],
  ["REQ(HOST)", {}, "example.com"],
  ["RESP(:STATUS)", { facts: { responseCode: 503 } }, "503"],
  ["RESP(SERVER?VIA)", { responseHeaders: { via: "1.1 a" } }, "1.1 a"],
  ["TRAILER(grpc-message)", { trailers: { "grpc-message": "no" } }, "no"],
  ["TRAILER(grpc-message)", {}, "-"],
  ["PROTOCOL", { request: { protocol: "HTTP/2" } }, "HTTP/2"],
  ["UPSTREAM_PROTOCOL", { facts: { upstream } }, "HTTP/2"],
  ["UPSTREAM_PROTOCOL", {}, "-"],
  ["DURATION", {}, "12"],
  ["DURATION", { facts: { endMs: -1 } }, "-"],
  ["REQUEST_DURATION", { facts: { requestEndMs: 1003 } }, "3"],
  ["REQUEST_TX_DURATION", { facts: { upstreamRequestEndMs: 1004 } }, "4"],
  ["RESPONSE_DURATION", { facts: { upstreamResponseStartMs: 1010 } }, "10"],
  ["RESPONSE_TX_DURATION", { facts: { upstreamResponseStartMs: 1010 } }, "2"],
  ["RESPONSE_TX_DURATION", {}, "-"],
  ["RESPONSE_CODE_DETAILS", { facts: { responseCodeDetails: "via_upstream" } }, "via_upstream"],
  ["RESPONSE_FLAGS", {}, "-"],
  ["RESPONSE_FLAGS", { facts: { flags: ["UF", "URX"] } }, "UF,URX"],
  ["RESPONSE_FLAGS_LONG", { facts: { flags: ["UH"] } }, "NoHealthyUpstream"],
  ["UPSTREAM_HOST", {}, "192.0.2.7:9080"],
  ["UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", {}, "192.0.2.7"],
  ["UPSTREAM_REMOTE_PORT", {}, "9080"],
  ["UPSTREAM_LOCAL_ADDRESS", { facts: { upstream } }, "192.0.2.9:50000"],
  [
    "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    { facts: { upstream: { ...upstream, localAddress: "[2001:db8::1]:5" } } },
    "2001:db8::1",
  ],
  ["UPSTREAM_LOCAL_PORT", { facts: { upstream } }, "50000"],
  ["UPSTREAM_LOCAL_PORT", {}, "-"],
  ["UPSTREAM_CLUSTER", { facts: { upstreamCluster: "outbound|80||a" } }, "outbound|80||a"],
  ["UPSTREAM_PEER_URI_SAN", { facts: { upstream } }, "spiffe://a,spiffe://b"],
  ["UPSTREAM_REQUEST_ATTEMPT_COUNT", { facts: { attemptCount: 2 } }, "2"],
  ["DOWNSTREAM_REMOTE_ADDRESS", {}, "192.0.2.1:40000"],
  ["DOWNSTREAM_REMOTE_ADDRESS", { facts: { remoteAddress: "192.0.2.50" } }, "192.0.2.50:0"],
  [
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
    { facts: { remoteAddress: "192.0.2.50" } },
    "192.0.2.1:40000",
  ],
  [
    "DOWNSTREAM_REMOTE_ADDRESS",
    { connection: { remote: { address: "2001:db8::1", port: 7 } } },
    "[2001:db8::1]:7",
  ],
  ["DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", {}, "192.0.2.1"],
  ["DOWNSTREAM_LOCAL_ADDRESS", {}, "192.0.2.9:8080"],
  ["DOWNSTREAM_LOCAL_PORT", {}, "8080"],
  ["DOWNSTREAM_PEER_URI_SAN", { connection: { tls: TLS_INFO } }, TLS_INFO.peerUriSans[0] ?? ""],
  ["DOWNSTREAM_PEER_URI_SAN", {}, "-"],
  ["DOWNSTREAM_TLS_VERSION", { connection: { tls: TLS_INFO } }, "TLSv1.3"],
  ["DOWNSTREAM_PEER_SUBJECT", { connection: { tls: TLS_INFO } }, "CN=alice"],
  ["REQUESTED_SERVER_NAME", { connection: { tls: TLS_INFO } }, "reviews.example.com"],
  [
    "REQUESTED_SERVER_NAME",
    { connection: { tls: { ...TLS_INFO, sni: 'a"\nb.example.com' } } },
    "invalid:a__b.example.com",
  ],
  ["GRPC_STATUS", { trailers: { "grpc-status": "7" } }, "PermissionDenied"],
  ["GRPC_STATUS", { responseHeaders: { "grpc-status": "0" } }, "OK"],
  ["GRPC_STATUS(SNAKE_STRING)", { trailers: { "grpc-status": "4" } }, "DEADLINE_EXCEEDED"],
  ["GRPC_STATUS(SNAKE_STRING)", { trailers: { "grpc-status": "1" } }, "CANCELLED"],
  ["GRPC_STATUS(NUMBER)", { trailers: { "grpc-status": "16" } }, "16"],
  ["GRPC_STATUS", { trailers: { "grpc-status": "17" } }, "17"],
  ["GRPC_STATUS", { trailers: { "grpc-status": "" } }, ""],
  ["GRPC_STATUS", {}, "-"],
  ["TRACE_ID", { request: { headers: { traceparent: "00-abc-def-01" } } }, "abc"],
  ["TRACE_ID", { request: { headers: { "x-b3-traceid": "b3" } } }, "b3"],
];

describe("access log operators", () => {
  for (const [operator, given, want] of CASES)
    test(`%${operator}% of ${JSON.stringify(given)} is ${want}`, () => {
      assert.equal(line(`%${operator}%`, given), want);
    });

  test("metadata prints text bare, anything else as JSON, and what is no field as a dash", () => {
    const upstreamClusterMetadata = { istio: { name: "a", list: [1, "b"], on: true, port: 80 } };
    const print = (path: string) =>
      line(`%CLUSTER_METADATA(${path})%`, { facts: { upstreamClusterMetadata } });
    assert.deepEqual(
      ["istio:name", "istio:list", "istio:on", "istio:port", "istio:none", "none:a"].map(print),
      ["a", '[1,"b"]', "true", "80", "-", "-"],
    );
    assert.deepEqual(["constructor:name", "istio:constructor:name"].map(print), ["-", "-"]);
  });

  test("a whole namespace of metadata prints as an object", () => {
    const upstreamClusterMetadata = { istio: { name: "a" } };
    assert.equal(
      line("%METADATA(CLUSTER:istio)%", { facts: { upstreamClusterMetadata } }),
      '{"name":"a"}',
    );
  });
});
