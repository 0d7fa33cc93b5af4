import { ConfigError } from "@weft/core";
import type { StreamInfo } from "../http/stream-info.ts";
import { headerOperator } from "./header-operator.ts";
import type { JsonText } from "./json-text.ts";
import { metadataOperator } from "./metadata-operator.ts";
import { grpcStatusNumber, oneWord, PLAIN_OPERATORS } from "./plain-operators.ts";
import { compileTimeFormat, formatIsoTime } from "./start-time.ts";

/** Reads one value of a finished (or running) request; undefined prints as `-`. */
export type Operator = (info: StreamInfo) => string | number | JsonText | undefined;

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
  if (plain !== undefined) {
    if (argument !== undefined) throw new ConfigError(field, `%${name}% takes no argument`);
    return plain;
  }
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
      return grpcStatusOperator(argument || "CAMEL_STRING", field);
    case "RESPONSE_CODE_DETAILS":
      return responseCodeDetailsOperator(argument ?? "", field);
    default:
      throw new ConfigError(field, `%${name}% is not a supported format operator`);
  }
}

function truncated(operator: Operator, maxChars: number): Operator {
  return (info) => operator(info)?.toString().slice(0, maxChars);
}

/** Spaces would tear the columns of a text log apart: underscores, unless asked otherwise. */
function responseCodeDetailsOperator(argument: string, field: string): Operator {
  if (argument === "ALLOW_WHITESPACES") return (info) => info.responseCodeDetails || undefined;
  if (argument !== "")
    throw new ConfigError(field, `%RESPONSE_CODE_DETAILS(${argument})% is not ALLOW_WHITESPACES`);
  return (info) => oneWord(info.responseCodeDetails);
}

function grpcStatusOperator(form: string, field: string): Operator {
  if (form !== "CAMEL_STRING" && form !== "SNAKE_STRING" && form !== "NUMBER")
    throw new ConfigError(
      field,
      `%GRPC_STATUS(${form})% is none of CAMEL_STRING, SNAKE_STRING and NUMBER`,
    );
  if (form === "NUMBER") return grpcStatusNumber;
  return (info) => {
    const number = grpcStatusNumber(info);
    if (typeof number !== "number") return number;
    const name = GRPC_NAMES[number];
    if (name === undefined) return String(number);
    return form === "SNAKE_STRING" ? toSnakeCase(name) : name;
  };
}

/** The two spellings of 1 differ by more than their case: `Canceled`, `CANCELLED`. */
function toSnakeCase(name: string): string {
  if (name === "Canceled") return "CANCELLED";
  return name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
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
