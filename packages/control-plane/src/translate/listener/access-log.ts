import { create, type JsonObject } from "@bufbuild/protobuf";
import {
  type AccessLog,
  AccessLogSchema,
} from "@weft/api/envoy/config/accesslog/v3/accesslog_pb.js";
import { FileAccessLogSchema } from "@weft/api/envoy/extensions/access_loggers/file/v3/file_pb.js";
import { buildExtension } from "../message/any.ts";

/** The part of MeshConfig that says whether, where and how proxies write access logs. */
export interface AccessLogSettings {
  /** Where to write, as `/dev/stdout`. Empty or absent: no access log. */
  readonly accessLogFile?: string | undefined;
  readonly accessLogEncoding?: "TEXT" | "JSON" | undefined;
  /** Own text, or a JSON object in text; Istio's default when empty or absent. */
  readonly accessLogFormat?: string | undefined;
}

/** Istio's text line, field by field. */
const TEXT_FORMAT = `${[
  "[%START_TIME%]",
  '"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%"',
  "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS%",
  '"%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION%',
  '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%"',
  '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW%',
  "%UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS%",
  "%REQUESTED_SERVER_NAME% %ROUTE_NAME%",
].join(" ")}\n`;

/** Istio's JSON keys. */
const JSON_FORMAT: JsonObject = {
  start_time: "%START_TIME%",
  route_name: "%ROUTE_NAME%",
  method: "%REQ(:METHOD)%",
  path: "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
  protocol: "%PROTOCOL%",
  response_code: "%RESPONSE_CODE%",
  response_flags: "%RESPONSE_FLAGS%",
  response_code_details: "%RESPONSE_CODE_DETAILS%",
  connection_termination_details: "%CONNECTION_TERMINATION_DETAILS%",
  bytes_received: "%BYTES_RECEIVED%",
  bytes_sent: "%BYTES_SENT%",
  duration: "%DURATION%",
  upstream_service_time: "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
  x_forwarded_for: "%REQ(X-FORWARDED-FOR)%",
  user_agent: "%REQ(USER-AGENT)%",
  request_id: "%REQ(X-REQUEST-ID)%",
  authority: "%REQ(:AUTHORITY)%",
  upstream_host: "%UPSTREAM_HOST%",
  upstream_cluster: "%UPSTREAM_CLUSTER_RAW%",
  upstream_local_address: "%UPSTREAM_LOCAL_ADDRESS%",
  downstream_local_address: "%DOWNSTREAM_LOCAL_ADDRESS%",
  downstream_remote_address: "%DOWNSTREAM_REMOTE_ADDRESS%",
  requested_server_name: "%REQUESTED_SERVER_NAME%",
  upstream_transport_failure_reason: "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
};

/** The access logs of a listener's filters: none, or one file log in text or JSON. */
export function buildAccessLog(settings: AccessLogSettings): AccessLog[] {
  const path = settings.accessLogFile ?? "";
  if (path === "") return [];
  return [
    create(
      AccessLogSchema,
      buildExtension("envoy.access_loggers.file", FileAccessLogSchema, {
        path,
        accessLogFormat: {
          case: "logFormat",
          value: { format: logFormat(settings) },
        },
      }),
    ),
  ];
}

function logFormat(settings: AccessLogSettings) {
  const custom = settings.accessLogFormat ?? "";
  if (settings.accessLogEncoding === "JSON") {
    return { case: "jsonFormat" as const, value: custom === "" ? JSON_FORMAT : jsonObject(custom) };
  }
  const text = custom === "" ? TEXT_FORMAT : custom;
  return {
    case: "textFormatSource" as const,
    value: { specifier: { case: "inlineString" as const, value: text } },
  };
}

/** An unreadable custom format falls back to Istio's: a log in the wrong shape beats no log. */
function jsonObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as JsonObject) : JSON_FORMAT;
  } catch {
    return JSON_FORMAT;
  }
}
