import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { AccessLogFilterSchema } from "@weft/api/envoy/config/accesslog/v3/accesslog_pb.js";
import { ConfigError } from "@weft/core";
import { type FinishedRequest, finishedRequest } from "./fixture/finished-request.ts";
import { compileLogFilter } from "./log-filter.ts";

const compile = (json: JsonObject) =>
  compileLogFilter(fromJson(AccessLogFilterSchema, json), "filter");

const admits = (json: JsonObject, given: FinishedRequest = {}) =>
  compile(json)(finishedRequest(given));

const code = (responseCode: number): FinishedRequest => ({ facts: { responseCode } });
const took = (ms: number): FinishedRequest => ({ facts: { endMs: 1000 + ms } });
const flagged = (...flags: ("UH" | "UF" | "NR")[]): FinishedRequest => ({ facts: { flags } });
const compared = (op: string, defaultValue: number) => ({
  comparison: { op, value: { defaultValue, runtimeKey: "key" } },
});

const statusFilter = (op: string, value: number) => ({ statusCodeFilter: compared(op, value) });
const durationFilter = (op: string, value: number) => ({ durationFilter: compared(op, value) });
const flagFilter = (...flags: string[]) => ({ responseFlagFilter: { flags } });
const headerFilter = { headerFilter: { header: { name: "x", stringMatch: { exact: "y" } } } };
const CASES: readonly (readonly [string, JsonObject, FinishedRequest, FinishedRequest])[] = [
  ["status >= 500", statusFilter("GE", 500), code(500), code(499)],
  ["status <= 299", statusFilter("LE", 299), code(299), code(300)],
  ["status = 404", statusFilter("EQ", 404), code(404), code(405)],
  ["duration >= 13 ms", durationFilter("GE", 13), took(13), took(12.9)],
  ["duration <= 12 ms", durationFilter("LE", 12), took(12.9), took(13)],
  ["duration = 0 ms", durationFilter("EQ", 0), took(0.9), took(1)],
  ["any flag", flagFilter(), flagged("UH"), flagged()],
  ["one of two flags", flagFilter("UF", "NR"), flagged("UH", "NR"), flagged("UH")],
  ["a header", headerFilter, { request: { headers: { x: "y" } } }, {}],
  [
    "both of two",
    { andFilter: { filters: [statusFilter("GE", 500), flagFilter("UH")] } },
    { facts: { responseCode: 503, flags: ["UH"] } },
    code(503),
  ],
  [
    "one of two",
    { orFilter: { filters: [statusFilter("GE", 500), flagFilter("UH")] } },
    flagged("UH"),
    flagged("NR"),
  ],
];

describe("access log filter", () => {
  for (const [title, filter, inside, outside] of CASES)
    test(`${title} logs what is just inside, not what is just outside`, () => {
      assert.equal(admits(filter, inside), true);
      assert.equal(admits(filter, outside), false);
    });

  test("without health checks nothing is one", () => {
    assert.equal(admits({ notHealthCheckFilter: {} }), true);
  });

  for (const [title, filter, field] of [
    ["an empty filter", {}, "filter"],
    ["a comparison without value", { statusCodeFilter: { comparison: {} } }, "filter.comparison"],
    ["a status filter without comparison", { statusCodeFilter: {} }, "filter.comparison"],
    ["a flag that nobody knows", flagFilter("UX"), "filter.response_flag_filter.flags"],
    ["a header filter without header", { headerFilter: {} }, "filter"],
    ["and of nothing", { andFilter: {} }, "filter.and_filter.filters"],
    ["or of one", { orFilter: { filters: [flagFilter()] } }, "filter.or_filter.filters"],
    [
      "a broken filter inside",
      { orFilter: { filters: [flagFilter(), {}] } },
      "filter.or_filter.filters[1]",
    ],
    ["a filter that needs what is not there", { traceableFilter: {} }, "filter"],
  ] satisfies [string, JsonObject, string][])
    test(`${title} is refused at ${field}`, () => {
      assert.throws(
        () => compile(filter),
        (error) => error instanceof ConfigError && error.field === field,
      );
    });

  test("a flag of Envoy's that nothing raises here is taken and matches nothing", () => {
    assert.equal(admits(flagFilter("RLSE"), flagged("UH")), false);
  });
});
