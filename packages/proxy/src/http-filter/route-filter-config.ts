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

/** True for what only says whether a filter takes part; anything else is that filter's own. */
export function isFilterSwitch(config: unknown): config is FilterSwitch {
  return typeof config === "object" && config !== null && "isSwitch" in config;
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
  if (envelope.disabled) return OFF;
  if (envelope.config === undefined) throw new ConfigError(field, "needs config or disabled");
  // An Any of no type: the filter's own config holds, and the filter takes part.
  if (envelope.config.typeUrl === "") return ON;
  try {
    return compileOne(envelope.config, field);
  } catch (error) {
    if (envelope.isOptional && error instanceof ConfigError) return undefined;
    throw error;
  }
}

const OFF: FilterSwitch = { isSwitch: true, isDisabled: true };
const ON: FilterSwitch = { isSwitch: true, isDisabled: false };
const EMPTY: ReadonlyMap<string, unknown> = new Map();
