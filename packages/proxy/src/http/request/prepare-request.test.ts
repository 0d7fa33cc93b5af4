import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import {
  accessLog,
  createHttpFixture,
  inlineRoutes,
  type RequestOptions,
  routeToA,
} from "../fixture/http-fixture.ts";

/** A connection manager on port 8080 with these options, and what one request gets from it. */
function ask(manager: JsonObject, request: Partial<RequestOptions>) {
  const mesh = createHttpFixture({ ...inlineRoutes(routeToA()), ...accessLog(), ...manager });
  const client = mesh.send(request);
  return { client, log: mesh.log, upstreams: mesh.cluster("a").upstreams };
}

describe("the port in Host", () => {
  for (const [manager, authority, want] of [
    [{}, "example.com:8080", "example.com:8080"],
    [{ stripMatchingHostPort: true }, "example.com:8080", "example.com"],
    [{ stripMatchingHostPort: true }, "example.com:8081", "example.com:8081"],
    [{ stripMatchingHostPort: true }, "[2001:db8::1]:8080", "[2001:db8::1]"],
    [{ stripMatchingHostPort: true }, "[2001:db8::8080]", "[2001:db8::8080]"],
    [{ stripAnyHostPort: true }, "example.com:8081", "example.com"],
    [{ stripAnyHostPort: true }, "example.com", "example.com"],
    [{ stripTrailingHostDot: true }, "example.com.", "example.com"],
    [{ stripTrailingHostDot: true }, "example.com.:8080", "example.com:8080"],
    [{ stripTrailingHostDot: true, stripAnyHostPort: true }, "example.com.:8080", "example.com"],
    [{}, "example.com.", "example.com."],
  ] as const) {
    test(`${JSON.stringify(manager)}: ${authority} becomes ${want}`, () => {
      assert.equal(ask(manager, { authority }).upstreams[0]?.head.authority, want);
    });
  }
});

describe("a malformed request", () => {
  for (const [title, request, detail] of [
    ["without Host", { authority: "" }, "missing_host_header"],
    ["with userinfo", { authority: "user@example.com" }, "invalid_authority"],
    ["with a fragment", { path: "/a#b" }, "invalid_path"],
    ["with an escaped NUL", { path: "/a%00" }, "path_control_character"],
    ["with an escaped slash", { path: "/a%2fb" }, "path_escaped_slash"],
  ] as const) {
    test(`${title} is a 400 that reaches nobody`, () => {
      const { client, log, upstreams } = ask({ normalizePath: true }, request);
      assert.deepEqual([client.status, client.body], [400, "Bad Request"]);
      assert.deepEqual([log, upstreams.length], [[`DPE ${detail}`], 0]);
    });
  }

  test("of a gRPC caller is INTERNAL", () => {
    const headers = { "content-type": "application/grpc" };
    const { client } = ask({ normalizePath: true }, { path: "/a%2fb", headers });
    assert.equal(client.head?.headers.get("grpc-status"), "13");
  });

  test("whose body still comes is answered at once", () => {
    const { client } = ask({}, { method: "POST", path: "/a#b", endStream: false });
    assert.deepEqual([client.status, client.isEnded], [400, true]);
    client.receiver?.onData(Buffer.from("late"), true);
  });
});

describe("the path that the route sees", () => {
  test("is the one that goes upstream, while the log keeps what was asked for", () => {
    const mesh = createHttpFixture({
      normalizePath: true,
      mergeSlashes: true,
      ...inlineRoutes(routeToA({}, { match: { path: "/admin" } })),
    });
    mesh.send({ path: "/x/%2e%2e//%61dmin?q=/../" });
    assert.equal(mesh.cluster("a").last.head.path, "/admin?q=/../");
  });
});

describe("a redirect to the canonical path", () => {
  const manager = { normalizePath: true, pathWithEscapedSlashesAction: "UNESCAPE_AND_REDIRECT" };
  for (const [path, location] of [
    ["/a%2fb?q=1", "/a/b?q=1"],
    ["/%2fevil.example/", "http://example.com//evil.example/"],
    ["/%5cevil.example/", "http://example.com//evil.example/"],
  ] as const) {
    test(`leads from ${path} to ${location}`, () => {
      const { client, log } = ask(manager, { path });
      assert.deepEqual([client.status, client.head?.headers.get("location")], [307, location]);
      assert.deepEqual(log, ["- path_normalization_redirect"]);
    });
  }

  test("is INTERNAL to a gRPC caller, who would not follow", () => {
    const headers = { "content-type": "application/grpc" };
    const { client } = ask(manager, { path: "/a%2fb", headers });
    assert.equal(client.head?.headers.get("grpc-status"), "13");
  });
});

describe("via", () => {
  test("is added to both directions, after what is there", () => {
    const mesh = createHttpFixture({ ...inlineRoutes(routeToA()), via: "weft" });
    const client = mesh.send({ headers: { via: "1.1 front" } });
    assert.equal(mesh.cluster("a").last.head.headers.joined("via"), "1.1 front, weft");
    mesh.cluster("a").last.respond(200);
    assert.equal(client.head?.headers.joined("via"), "weft");
  });
});
