import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { AccessLog as AccessLogMessage } from "@weft/api/envoy/config/accesslog/v3/accesslog_pb.js";
import type { SubstitutionFormatString } from "@weft/api/envoy/config/core/v3/substitution_format_string_pb.js";
import {
  type FileAccessLog,
  FileAccessLogSchema,
} from "@weft/api/envoy/extensions/access_loggers/file/v3/file_pb.js";
import {
  StderrAccessLogSchema,
  StdoutAccessLogSchema,
} from "@weft/api/envoy/extensions/access_loggers/stream/v3/stream_pb.js";
import { ConfigError } from "@weft/core";
import type { StreamInfo } from "../http/stream-info.ts";
import { compileJsonFormat } from "./json-format.ts";
import { compileLogFilter } from "./log-filter.ts";
import type { AccessLogSink, AccessLogSinks } from "./sink.ts";
import { compileTextFormat } from "./text-format.ts";

/** One configured access log. */
export interface AccessLog {
  /** Called once for each finished request. */
  write(info: StreamInfo): void;
}

/** Envoy's text format, when the configuration names none. */
export const DEFAULT_TEXT_FORMAT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" ' +
  "%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% " +
  '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" ' +
  '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n';

/** Throws `ConfigError` for a logger or operator that is not known here. */
export function compileAccessLogs(
  messages: readonly AccessLogMessage[],
  sinks: AccessLogSinks,
  field: string,
): readonly AccessLog[] {
  return messages.map((message, index) => compileOne(message, sinks, `${field}[${index}]`));
}

type Line = (info: StreamInfo) => string;

function compileOne(message: AccessLogMessage, sinks: AccessLogSinks, field: string): AccessLog {
  const admits =
    message.filter === undefined ? undefined : compileLogFilter(message.filter, `${field}.filter`);
  const { sink, line } = compileTarget(message, sinks, `${field}.typed_config`);
  return {
    write(info) {
      if (admits === undefined || admits(info)) sink.write(line(info));
    },
  };
}

function compileTarget(
  message: AccessLogMessage,
  sinks: AccessLogSinks,
  field: string,
): { readonly sink: AccessLogSink; readonly line: Line } {
  const any = message.configType.value;
  if (any === undefined) throw new ConfigError(field, "is required");
  const file = anyUnpack(any, FileAccessLogSchema);
  if (file !== undefined) {
    if (file.path === "") throw new ConfigError(`${field}.path`, "is required");
    return { sink: sinks.sink(file.path), line: compileFileLine(file, field) };
  }
  const stdout = anyUnpack(any, StdoutAccessLogSchema);
  const stream = stdout ?? anyUnpack(any, StderrAccessLogSchema);
  if (stream === undefined) {
    throw new ConfigError(field, `"${any.typeUrl}" is not an access logger known here`);
  }
  const sink = sinks.sink(stdout === undefined ? "/dev/stderr" : "/dev/stdout");
  return { sink, line: compileLine(stream.accessLogFormat.value, `${field}.log_format`) };
}

function compileFileLine(file: FileAccessLog, field: string): Line {
  const { accessLogFormat } = file;
  switch (accessLogFormat.case) {
    case "format":
      return textLine(accessLogFormat.value, false, `${field}.format`);
    case "jsonFormat":
    case "typedJsonFormat":
      return compileJsonFormat(accessLogFormat.value, false, `${field}.json_format`);
    default:
      return compileLine(accessLogFormat.value, `${field}.log_format`);
  }
}

function compileLine(message: SubstitutionFormatString | undefined, field: string): Line {
  const omitsEmpty = message?.omitEmptyValues ?? false;
  switch (message?.format.case) {
    case "textFormat":
      return textLine(message.format.value, omitsEmpty, `${field}.text_format`);
    case "textFormatSource": {
      const source = message.format.value.specifier;
      if (source.case !== "inlineString") {
        throw new ConfigError(`${field}.text_format_source`, "only inline_string is supported");
      }
      return textLine(source.value, omitsEmpty, `${field}.text_format_source`);
    }
    case "jsonFormat":
      return compileJsonFormat(message.format.value, omitsEmpty, `${field}.json_format`);
    default:
      return textLine(DEFAULT_TEXT_FORMAT, omitsEmpty, field);
  }
}

function textLine(text: string, emptyForUnset: boolean, field: string): Line {
  const format = compileTextFormat(text, field, { emptyForUnset });
  return (info) => format.format(info);
}
