import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRegistry, fromJson, type JsonObject } from "@bufbuild/protobuf";
import { AccessLogSchema } from "@weft/api/envoy/config/accesslog/v3/accesslog_pb.js";
import { FileAccessLogSchema } from "@weft/api/envoy/extensions/access_loggers/file/v3/file_pb.js";
import {
  StderrAccessLogSchema,
  StdoutAccessLogSchema,
} from "@weft/api/envoy/extensions/access_loggers/stream/v3/stream_pb.js";
import { HTTPFaultSchema } from "@weft/api/envoy/extensions/filters/http/fault/v3/fault_pb.js";
import { ConfigError } from "@weft/core";
import { compileAccessLogs } from "./access-log.ts";
import { finishedRequest } from "./fixture/finished-request.ts";

const LOGGERS = "type.googleapis.com/envoy.extensions.access_loggers";
const FILE = `${LOGGERS}.file.v3.FileAccessLog`;
const registry = createRegistry(
  FileAccessLogSchema,
  StdoutAccessLogSchema,
  StderrAccessLogSchema,
  HTTPFaultSchema,
);

/** What each sink was given by one request. */
function logOnce(...loggers: JsonObject[]): Record<string, string> {
  const lines: Record<string, string> = {};
  const messages = loggers.map((json) => fromJson(AccessLogSchema, json, { registry }));
  const sink = (path: string) => ({
    write: (line: string) => {
      lines[path] = (lines[path] ?? "") + line;
    },
  });
  const logs = compileAccessLogs(messages, { sink, close: async () => {} }, "access_log");
  for (const log of logs) log.write(finishedRequest());
  return lines;
}

const file = (typedConfig: JsonObject, more: JsonObject = {}): JsonObject => ({
  name: "file",
  typedConfig: { "@type": FILE, path: "/log", ...typedConfig },
  ...more,
});

describe("access log", () => {
  for (const [title, config, want] of [
    ["the old text form", { format: "%RESPONSE_CODE%\n" }, "200\n"],
    ["the old JSON form", { jsonFormat: { code: "%RESPONSE_CODE%" } }, '{"code":200}\n'],
    ["a typed JSON form", { typedJsonFormat: { code: "%RESPONSE_CODE%" } }, '{"code":200}\n'],
    ["a text format", { logFormat: { textFormat: "%REQ(X)%\n" } }, "-\n"],
    [
      "an inline source",
      { logFormat: { textFormatSource: { inlineString: "%PROTOCOL%\n" } } },
      "HTTP/1.1\n",
    ],
    [
      "a text without empty values",
      { logFormat: { textFormat: "<%REQ(X)%>\n", omitEmptyValues: true } },
      "<>\n",
    ],
    [
      "JSON without empty values",
      { logFormat: { jsonFormat: { x: "%REQ(X)%" }, omitEmptyValues: true } },
      "{}\n",
    ],
    [
      "no format at all",
      {},
      '[2026-01-01T00:00:00.000Z] "GET / HTTP/1.1" 200 - 0 34 12 - "-" "-" "-" "example.com" ' +
        '"192.0.2.7:9080"\n',
    ],
  ] satisfies [string, JsonObject, string][])
    test(`a file is written in ${title}`, () => {
      assert.deepEqual(logOnce(file(config)), { "/log": want });
    });

  test("standard output and standard error are sinks like files", () => {
    const logFormat = { textFormat: "x\n" };
    const stream = (type: string) => ({
      name: type,
      typedConfig: { "@type": `${LOGGERS}.stream.v3.${type}`, logFormat },
    });
    assert.deepEqual(logOnce(stream("StdoutAccessLog"), stream("StderrAccessLog")), {
      "/dev/stdout": "x\n",
      "/dev/stderr": "x\n",
    });
  });

  test("a filter decides for its own log alone", () => {
    const none = { filter: { statusCodeFilter: comparison(500) } };
    const all = { filter: { statusCodeFilter: comparison(200) } };
    const lines = logOnce(
      file({ path: "/none" }, none),
      file({ path: "/all", format: "x\n" }, all),
    );
    assert.deepEqual(lines, { "/all": "x\n" });
  });

  for (const [title, logger, field] of [
    ["a file without path", file({ path: "" }), "access_log[0].typed_config.path"],
    ["a logger without configuration", { name: "x" }, "access_log[0].typed_config"],
    [
      "a type that is no logger",
      {
        name: "x",
        typedConfig: {
          "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
        },
      },
      "access_log[0].typed_config",
    ],
    ["an unknown operator", file({ format: "%NO%" }), "access_log[0].typed_config.format"],
    [
      "a format from a file",
      file({ logFormat: { textFormatSource: { filename: "/x" } } }),
      "access_log[0].typed_config.log_format.text_format_source",
    ],
    ["an unknown filter", file({}, { filter: {} }), "access_log[0].filter"],
  ] satisfies [string, JsonObject, string][])
    test(`${title} is refused at ${field}`, () => {
      assert.throws(
        () => logOnce(logger),
        (error) => error instanceof ConfigError && error.field === field,
      );
    });
});

function comparison(least: number): JsonObject {
  return { comparison: { op: "GE", value: { defaultValue: least, runtimeKey: "key" } } };
}
