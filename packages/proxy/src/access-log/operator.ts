import { ConfigError } from "@weft/core";
import type { StreamInfo } from "../http/stream-info.ts";
import { headerOperator } from "./header-operator.ts";
import { metadataOperator } from "./metadata-operator.ts";
import { PLAIN_OPERATORS } from "./plain-operators.ts";
import { compileTimeFormat, formatIsoTime } from "./start-time.ts";

/** Reads one value of a finished (or running) request; undefined prints as `-`. */
export type Operator = (info: StreamInfo) => string | number | undefined;

/** Finds the operator for `%name(argument):maxChars%`. Throws `ConfigError` for an unknown one. */
export function compileOperator(
  name: string,
  argument: string | undefined,
  maxChars: string | undefined,
  field: string,
): Operator {
  const operator = findOperator(name, argument, field);
  return maxChars === undefined ? operator : truncated(operator, Number(maxChars));
}

function findOperator(name: string, argument: string | undefined, field: string): Operator {
  const plain = PLAIN_OPERATORS.get(name);
  if (plain !== undefined) return plain;
  switch (name) {
    case "START_TIME": {
      if (argument === undefined || argument === "") {
        return (info) => formatIsoTime(info.startWallMs);
      }
      const format = compileTimeFormat(argument);
      return (info) => format(info.startWallMs);
    }
    case "REQ":
    case "RESP":
    case "TRAILER":
    case "REQ_WITHOUT_QUERY":
      return headerOperator(name, argument ?? "", field);
    case "METADATA":
    case "CLUSTER_METADATA":
    case "UPSTREAM_METADATA":
    case "DYNAMIC_METADATA":
      return metadataOperator(name, argument ?? "", field);
    case "GRPC_STATUS":
      return grpcStatusOperator(argument ?? "CAMEL_STRING");
    default:
      throw new ConfigError(field, `%${name}% is not a supported format operator`);
  }
}

function truncated(operator: Operator, maxChars: number): Operator {
  return (info) => operator(info)?.toString().slice(0, maxChars);
}

function grpcStatusOperator(form: string): Operator {
  return (info) => {
    const status = info.grpcStatus;
    if (status === undefined || form === "NUMBER") return status;
    const name = GRPC_NAMES[Number(status)];
    if (name === undefined || form !== "SNAKE_STRING") return name ?? status;
    return name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  };
}

const GRPC_NAMES: readonly string[] = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];
