import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Registry,
} from "@bufbuild/protobuf";
import { ConfigError, toError } from "@weft/core";

/** Keys from the root to a value: what an error names, and where a file's line is looked up. */
export type JsonPath = readonly (string | number)[];

/** A rule broken at a place in JSON. */
export class JsonConfigError extends ConfigError {
  readonly path: JsonPath;

  constructor(path: JsonPath, rule: string) {
    super(formatPath(path), rule);
    this.path = path;
  }
}

/**
 * Turns JSON as Envoy's users write it into protobuf's JSON for `schema`: durations may be objects
 * (`{ seconds: 10 }`). Every key that the message does not have is refused with its path.
 */
export function toProtobufJson(
  schema: DescMessage,
  json: JsonValue,
  registry: Registry,
  path: JsonPath = [],
): JsonValue {
  switch (schema.typeName) {
    case "google.protobuf.Duration":
      return toDurationText(json, path);
    case "google.protobuf.Any":
      return convertAny(json, registry, path);
  }
  // The other well-known types have a JSON form of their own, which holds no message of Envoy's.
  if (schema.typeName.startsWith("google.protobuf.")) return json;
  const object = expectObject(json, path);
  return convertFields(schema, object, registry, path);
}

/** `a.b[2].c`. */
export function formatPath(path: JsonPath): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join("");
}

function convertFields(
  schema: DescMessage,
  object: JsonObject,
  registry: Registry,
  path: JsonPath,
): JsonObject {
  const converted: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    const at = [...path, key];
    const field = schema.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    if (field === undefined) {
      const known = schema.fields.map(({ name }) => name).join(", ");
      throw new JsonConfigError(at, `is not a field of ${schema.name}; it has: ${known}`);
    }
    converted[key] = value === null ? null : convertField(field, value, registry, at);
  }
  return converted;
}

function convertField(
  field: DescField,
  value: JsonValue,
  registry: Registry,
  path: JsonPath,
): JsonValue {
  switch (field.fieldKind) {
    case "message":
      if (/^google\.protobuf\.\w+Value$/.test(field.message.typeName))
        return checkScalar(field, value, path);
      return toProtobufJson(field.message, value, registry, path);
    case "list": {
      if (!Array.isArray(value)) throw new JsonConfigError(path, "must be a list");
      const { message } = field;
      if (message === undefined) return checkScalar(field, value, path);
      return value.map((each, index) => toProtobufJson(message, each, registry, [...path, index]));
    }
    case "map": {
      const object = expectObject(value, path);
      const { message } = field;
      if (message === undefined) return checkScalar(field, object, path);
      return Object.fromEntries(
        Object.entries(object).map(([key, each]) => [
          key,
          toProtobufJson(message, each, registry, [...path, key]),
        ]),
      );
    }
    default:
      return checkScalar(field, value, path);
  }
}

/** Tries the value in a message of its own, so that the mistake is told with its place. */
function checkScalar(field: DescField, value: JsonValue, path: JsonPath): JsonValue {
  try {
    fromJson(field.parent, { [field.jsonName]: value });
    return value;
  } catch (thrown) {
    const [, reason = "is of the wrong type"] =
      /from JSON: (.*)$/s.exec(toError(thrown).message) ?? [];
    throw new JsonConfigError(path, reason);
  }
}

function convertAny(json: JsonValue, registry: Registry, path: JsonPath): JsonValue {
  const object = expectObject(json, path);
  const { "@type": typeUrl, ...rest } = object;
  if (typeof typeUrl !== "string") throw new JsonConfigError(path, "@type is required");
  const schema = registry.getMessage(typeUrl.slice(typeUrl.lastIndexOf("/") + 1));
  if (schema === undefined)
    throw new JsonConfigError([...path, "@type"], `${typeUrl} is not supported`);
  if (schema.typeName.startsWith("google.protobuf.")) return json;
  return { "@type": typeUrl, ...convertFields(schema, rest, registry, path) };
}

function toDurationText(json: JsonValue, path: JsonPath): JsonValue {
  if (typeof json === "string") {
    if (!/^-?\d+(?:\.\d{1,9})?s$/.test(json))
      throw new JsonConfigError(path, `"${json}" is not a duration; write it like 0.25s or 5s`);
    return json;
  }
  const { seconds = 0, nanos = 0, ...rest } = expectObject(json, path);
  if (Object.keys(rest).length > 0 || !isWhole(seconds) || !isWhole(nanos))
    throw new JsonConfigError(path, 'is not a duration; write it like "5s"');
  return `${seconds}.${String(nanos).padStart(9, "0")}s`;
}

function isWhole(value: JsonValue): boolean {
  return (typeof value === "number" || typeof value === "string") && /^\d+$/.test(String(value));
}

function expectObject(json: JsonValue, path: JsonPath): JsonObject {
  if (json === null || typeof json !== "object" || Array.isArray(json))
    throw new JsonConfigError(path, "must be an object");
  return json;
}
