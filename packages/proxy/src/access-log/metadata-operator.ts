import { ConfigError } from "@weft/core";
import type { StreamInfo } from "../http/stream-info.ts";
import { JsonText } from "./json-text.ts";
import type { Operator } from "./operator.ts";

/**
 * `%METADATA(ROUTE:namespace:key…)%` and the older `%CLUSTER_METADATA(namespace:key)%`,
 * `%UPSTREAM_METADATA(…)%`. A string prints bare, anything else as JSON; inside a JSON format it keeps its type.
 */
export function metadataOperator(name: string, argument: string, field: string): Operator {
  const path = argument.split(":");
  const source = name === "METADATA" ? path.shift() : SOURCES.get(name);
  const [namespace, ...keys] = path;
  if (namespace === undefined || namespace === "") {
    throw new ConfigError(field, `%${name}(${argument})% needs a metadata namespace`);
  }
  const read = readerOf(source, field);
  return (info) => {
    let value: unknown = fieldOf(read(info), namespace);
    for (const key of keys) value = fieldOf(value, key);
    if (value === undefined || value === null) return undefined;
    return typeof value === "string" || typeof value === "number" ? value : new JsonText(value);
  };
}

type Metadata = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function readerOf(
  source: string | undefined,
  field: string,
): (info: StreamInfo) => Metadata | undefined {
  switch (source) {
    case "ROUTE":
      return (info) => info.route?.route.metadata;
    case "CLUSTER":
      return (info) => info.upstreamClusterMetadata;
    case "UPSTREAM_HOST":
      return (info) => info.upstreamHost?.metadata;
    case "DYNAMIC":
      // No filter of this proxy writes dynamic metadata yet, so there is never a value.
      return () => undefined;
    default:
      throw new ConfigError(field, `metadata of ${source} is not supported`);
  }
}

/** Only own fields: `constructor` is not metadata. */
function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

const SOURCES: ReadonlyMap<string, string> = new Map([
  ["CLUSTER_METADATA", "CLUSTER"],
  ["UPSTREAM_METADATA", "UPSTREAM_HOST"],
  ["DYNAMIC_METADATA", "DYNAMIC"],
]);
