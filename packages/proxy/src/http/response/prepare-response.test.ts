import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { createFakeClock } from "@weft/testing";
import { createHttpFixture, inlineRoutes, routeToA } from "../fixture/http-fixture.ts";
import { DateHeader } from "./prepare-response.ts";

/** What the client gets of a response with these headers. */
function received(manager: JsonObject, headers: Record<string, string> = {}) {
  const mesh = createHttpFixture({ ...inlineRoutes(routeToA()), ...manager });
  const client = mesh.send({ headers: { "x-request-id": "id-1" } });
  mesh.cluster("a").last.respond(200, headers);
  return (name: string) => client.head?.headers.joined(name);
}

describe("the server header", () => {
  for (const [title, manager, given, want] of [
    ["is the proxy's name", {}, { server: "nginx" }, "envoy"],
    ["is the name that it is given", { serverName: "weft" }, {}, "weft"],
    [
      "is kept where told to add it only",
      { serverHeaderTransformation: "APPEND_IF_ABSENT" },
      { server: "nginx" },
      "nginx",
    ],
    [
      "is added where told to and missing",
      { serverHeaderTransformation: "APPEND_IF_ABSENT" },
      {},
      "envoy",
    ],
    [
      "is kept where told to pass it on",
      { serverHeaderTransformation: "PASS_THROUGH" },
      { server: "nginx" },
      "nginx",
    ],
    [
      "is not made where told to pass it on",
      { serverHeaderTransformation: "PASS_THROUGH" },
      {},
      undefined,
    ],
  ] as const) {
    test(title, () => assert.equal(received(manager, given)("server"), want));
  }
});

describe("the date header", () => {
  test("is made where there is none, and kept where there is one", () => {
    assert.equal(received({})("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
    const date = "Wed, 31 Dec 2025 00:00:00 GMT";
    assert.equal(received({}, { date })("date"), date);
  });

  test("changes with the second, not before", () => {
    const clock = createFakeClock();
    const date = new DateHeader(clock);
    clock.advanceMs(999);
    assert.equal(date.text(), "Thu, 01 Jan 2026 00:00:00 GMT");
    clock.advanceMs(1);
    assert.equal(date.text(), "Thu, 01 Jan 2026 00:00:01 GMT");
  });
});

describe("x-request-id", () => {
  test("is told to the client only where asked", () => {
    assert.equal(received({})("x-request-id"), undefined);
    const asked = { alwaysSetRequestIdInResponse: true };
    assert.equal(received(asked, { "x-request-id": "of the upstream" })("x-request-id"), "id-1");
  });
});
