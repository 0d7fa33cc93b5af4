import { fromJson } from "@bufbuild/protobuf";
import {
  type Bootstrap,
  BootstrapSchema,
} from "@weft/api/envoy/config/bootstrap/v3/bootstrap_pb.js";
import { ConfigError, toError } from "@weft/core";
import { anyRegistry } from "../config/any-registry.ts";
import { JsonConfigError, type JsonPath, toProtobufJson } from "../config/envoy-json.ts";
import { parseYamlSource } from "./yaml-source.ts";

/** Parts of a bootstrap that would change what the proxy does, and that it does not do. */
const UNSUPPORTED = [
  "hdsConfig",
  "statsSinks",
  "tracing",
  "overloadManager",
  "fatalActions",
  "certificateProviderInstances",
  "xdsDelegateExtension",
] as const satisfies readonly (keyof Bootstrap)[];

/** The one extension that the proxy has, always on. */
const INTERNAL_LISTENER =
  "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener";

/**
 * Reads an Envoy v3 bootstrap in YAML or JSON. An unknown field, an unknown type and a part that is
 * not supported are errors with file and line: a proxy must not start with half of what was meant.
 */
export function parseBootstrap(text: string, fileName: string): Bootstrap {
  const source = parseYamlSource(text, fileName);
  const at = (path: JsonPath, message: string) =>
    new ConfigError("", `${source.locate(path)}: ${message}`);
  try {
    const json = toProtobufJson(BootstrapSchema, source.value, anyRegistry);
    const bootstrap = fromJson(BootstrapSchema, json, { registry: anyRegistry });
    refuseUnsupported(bootstrap);
    return bootstrap;
  } catch (thrown) {
    if (thrown instanceof JsonConfigError) throw at(thrown.path, thrown.message);
    throw at([], toError(thrown).message);
  }
}

function refuseUnsupported(bootstrap: Bootstrap): void {
  for (const field of UNSUPPORTED) {
    const value = bootstrap[field];
    const isPresent =
      typeof value === "object" && value !== null
        ? Object.keys(value).length > 0 || "$typeName" in value
        : value !== undefined;
    if (isPresent) throw new JsonConfigError([toSnakeCase(field)], "is not supported");
  }
  for (const [index, { typedConfig }] of bootstrap.bootstrapExtensions.entries()) {
    if (typedConfig?.typeUrl !== INTERNAL_LISTENER)
      throw new JsonConfigError(
        ["bootstrap_extensions", index],
        `${typedConfig?.typeUrl ?? "without typed_config"} is not supported`,
      );
  }
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
