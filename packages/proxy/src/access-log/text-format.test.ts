import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigError } from "@weft/core";
import { DEFAULT_TEXT_FORMAT } from "./access-log.ts";
import { bareRequest, type FinishedRequest, finishedRequest } from "./fixture/finished-request.ts";
import { compileTextFormat } from "./text-format.ts";

const line = (format: string, given: FinishedRequest = {}, emptyForUnset = false) =>
  compileTextFormat(format, "format", { emptyForUnset }).format(finishedRequest(given));

describe("access log text", () => {
  test("Envoy's default format is kept byte for byte", () => {
    const headers = {
      "x-envoy-original-path": "/before",
      "x-forwarded-for": "192.0.2.50",
      "user-agent": "curl/8.0",
      "x-request-id": "id-1",
    };
    const text = line(DEFAULT_TEXT_FORMAT, {
      request: { path: "/after", headers },
      responseHeaders: { "x-envoy-upstream-service-time": "9" },
      facts: { bytesReceived: 5 },
    });
    assert.equal(
      text,
      '[2026-01-01T00:00:00.000Z] "GET /before HTTP/1.1" 200 - 5 34 12 9 "192.0.2.50" ' +
        '"curl/8.0" "id-1" "example.com" "192.0.2.7:9080"\n',
    );
  });

  test("what is not there is a dash in the default format", () => {
    const format = compileTextFormat(DEFAULT_TEXT_FORMAT, "format", { emptyForUnset: false });
    assert.equal(
      format.format(bareRequest()),
      '[2026-01-01T00:00:00.000Z] "GET / HTTP/1.1" 0 - 0 0 - - "-" "-" "-" "example.com" "-"\n',
    );
  });

  test("with omit_empty_values what is not there is nothing", () => {
    assert.equal(line("<%REQ(X-NONE)%>", {}, true), "<>");
  });

  for (const [format, want] of [
    ["%%", "%"],
    ["100%% of %RESPONSE_CODE%", "100% of 200"],
    ["%RESPONSE_CODE%%BYTES_SENT%", "20034"],
    ["no operator", "no operator"],
    ["", ""],
    ["%REQ(:METHOD):2%", "GE"],
    ["%REQ(:METHOD):3%", "GET"],
    ["%REQ(:METHOD):0%", ""],
  ] as const)
    test(`${JSON.stringify(format)} prints ${JSON.stringify(want)}`, () => {
      assert.equal(line(format), want);
    });

  for (const format of [
    "%",
    "100% sure",
    "%NO_SUCH_THING%",
    "%response_code%",
    "%RESPONSE_CODE",
    "%REQ%",
    "%REQ()%",
    "%REQ(a?)%",
    "%REQ(a?b?c)%",
    "%REQ(a):x%",
    "%PROTOCOL(x)%",
    "%GRPC_STATUS(WORDS)%",
    "%RESPONSE_CODE_DETAILS(x)%",
    "%METADATA(ROUTE)%",
    "%METADATA(NOWHERE:a:b)%",
    "%DYNAMIC_METADATA()%",
  ])
    test(`${format} is refused with its field`, () => {
      assert.throws(
        () => compileTextFormat(format, "log_format", { emptyForUnset: false }),
        (error) => error instanceof ConfigError && error.field === "log_format",
      );
    });

  test("a format without operators is known to be constant", () => {
    const isConstant = (format: string) =>
      compileTextFormat(format, "format", { emptyForUnset: true }).isConstant;
    assert.deepEqual(["plain", "%%", "%PROTOCOL%"].map(isConstant), [true, true, false]);
  });

  for (const [title, given, format, want] of [
    ["details", { facts: { responseCodeDetails: "a\nb" } }, "RESPONSE_CODE_DETAILS", "a_b"],
    [
      "details with their spaces",
      { facts: { responseCodeDetails: "a b\r\n[forged]" } },
      "RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)",
      "a b\\r\\n[forged]",
    ],
    [
      "OpenSSL's message",
      { facts: { upstreamTransportFailure: "wrong version number\n" } },
      "UPSTREAM_TRANSPORT_FAILURE_REASON",
      "wrong_version_number",
    ],
    [
      "the end of a connection",
      { facts: { connectionTerminationDetails: "rbac access denied" } },
      "CONNECTION_TERMINATION_DETAILS",
      "rbac_access_denied",
    ],
    ["a path", { request: { path: "/a\nb" } }, "REQ(:PATH)", "/a\\nb"],
  ] satisfies [string, FinishedRequest, string, string][])
    test(`${title} cannot begin a line`, () => {
      assert.equal(line(`%${format}%`, given), want);
    });
});
