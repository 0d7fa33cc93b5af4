import { type Any, anyUnpack } from "@bufbuild/protobuf/wkt";
import { FilterConfigSchema } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { CorsPolicySchema } from "@weft/api/envoy/extensions/filters/http/cors/v3/cors_pb.js";
import { HTTPFaultSchema } from "@weft/api/envoy/extensions/filters/http/fault/v3/fault_pb.js";
import { ConfigError } from "@weft/core";
import { compileCorsPolicy } from "./cors/cors-policy.ts";
import { compileFault } from "./fault/fault-config.ts";

/** A level's envelope that switches a filter off, or on again, for its routes. */
export interface FilterSwitch {
  readonly isSwitch: true;
  readonly isDisabled: boolean;
}

/**
 * Compiles `typed_per_filter_config` of one level: filter name → that filter's own route config, or a
 * `FilterSwitch`. Throws `ConfigError` for a type that no filter here understands.
 */
export function compileRouteFilterConfigs(
  configs: Readonly<Record<string, Any>>,
  field: string,
): ReadonlyMap<string, unknown> {
  const names = Object.keys(configs);
  if (names.length === 0) return EMPTY;
  const compiled = new Map<string, unknown>();
  for (const name of names) {
    const any = configs[name];
    if (any === undefined) continue;
    const config = compileOne(any, `${field}.typed_per_filter_config["${name}"]`);
    if (config !== undefined) compiled.set(name, config);
  }
  return compiled;
}

function compileOne(any: Any, field: string): unknown {
  const fault = anyUnpack(any, HTTPFaultSchema);
  if (fault !== undefined) return compileFault(fault, field);
  const cors = anyUnpack(any, CorsPolicySchema);
  if (cors !== undefined) return compileCorsPolicy(cors, field);
  const envelope = anyUnpack(any, FilterConfigSchema);
  if (envelope === undefined) {
    throw new ConfigError(field, `"${any.typeUrl}" is not a route configuration known here`);
  }
  if (envelope.disabled || envelope.config === undefined) {
    return { isSwitch: true, isDisabled: envelope.disabled } satisfies FilterSwitch;
  }
  try {
    return compileOne(envelope.config, field);
  } catch (error) {
    if (envelope.isOptional && error instanceof ConfigError) return undefined;
    throw error;
  }
}

const EMPTY: ReadonlyMap<string, unknown> = new Map();
