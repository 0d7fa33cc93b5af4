import { ConfigError } from "@weft/core";
import type { StreamInfo } from "../http/stream-info.ts";
import type { Operator } from "./operator.ts";

/** `%REQ(X?Y)%`, `%RESP(X)%`, `%TRAILER(X)%`: X, or Y where X is absent. */
export function headerOperator(
  kind: "REQ" | "RESP" | "TRAILER" | "REQ_WITHOUT_QUERY",
  argument: string,
  field: string,
): Operator {
  const [first = "", second, third] = argument.toLowerCase().split("?");
  if (first === "" || second === "")
    throw new ConfigError(field, `%${kind}(${argument})% needs a header name`);
  if (third !== undefined)
    throw new ConfigError(field, `%${kind}(${argument})% has more than one alternative`);
  const read = READERS[kind];
  const value: Operator =
    second === undefined
      ? (info) => read(info, first)
      : (info) => read(info, first) ?? read(info, second);
  if (kind !== "REQ_WITHOUT_QUERY") return value;
  return (info) => value(info)?.toString().split("?", 1)[0];
}

/** The request as the client sent it for pseudo headers; the log must not show our own rewrite. */
function requestHeader(info: StreamInfo, name: string): string | undefined {
  switch (name) {
    case ":method":
      return info.request.method;
    case ":path":
      return info.request.path || undefined;
    case ":authority":
    case "host":
      return info.request.authority;
    case ":scheme":
      return info.request.scheme || undefined;
    default:
      return info.request.headers.joined(name);
  }
}

function responseHeader(info: StreamInfo, name: string): string | undefined {
  return name === ":status" ? info.responseCode.toString() : info.response?.headers.joined(name);
}

const READERS = {
  REQ: requestHeader,
  REQ_WITHOUT_QUERY: requestHeader,
  RESP: responseHeader,
  TRAILER: (info: StreamInfo, name: string) => info.trailers?.joined(name),
} as const;
