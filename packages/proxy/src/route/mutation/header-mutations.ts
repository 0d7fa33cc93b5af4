import {
  HeaderValueOption_HeaderAppendAction as AppendAction,
  type HeaderValueOption,
} from "@weft/api/envoy/config/core/v3/base_pb.js";
import { ConfigError } from "@weft/core";
import { compileTextFormat, type TextFormat } from "../../access-log/text-format.ts";
import type { HeaderMap } from "../../http/header-map.ts";
import type { StreamInfo } from "../../http/stream-info.ts";

/** Levels in the order they are applied: weighted cluster, route, virtual host, table. */
export type HeaderMutations = readonly MutationLevel[];

/** Removals, then additions, of one level. */
export interface MutationLevel {
  readonly adds: readonly HeaderAddition[];
  readonly removes: readonly string[];
}

/** One `HeaderValueOption`. */
export interface HeaderAddition {
  readonly name: string;
  readonly action: "append" | "add-if-absent" | "overwrite" | "overwrite-if-present";
  /** A plain string when the value has no operator. */
  readonly value: string | TextFormat;
  readonly keepsEmpty: boolean;
}

/** Shared, so that levels without mutations cost nothing. */
export const NO_MUTATIONS: HeaderMutations = [];

/** Throws `ConfigError`; pseudo headers and Host may not be touched, as in Envoy. */
export function compileHeaderMutations(
  options: readonly HeaderValueOption[],
  removes: readonly string[],
  field: string,
): HeaderMutations {
  if (options.length === 0 && removes.length === 0) return NO_MUTATIONS;
  return [
    {
      adds: options.map((option, index) => compileAddition(option, `${field}_to_add[${index}]`)),
      removes: removes.map((name) => parseName(name, `${field}_to_remove`)),
    },
  ];
}

function parseName(text: string, field: string): string {
  const name = text.toLowerCase();
  if (name.startsWith(":") || name === "host") {
    throw new ConfigError(field, `":"-prefixed or host headers may not be modified`);
  }
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) {
    throw new ConfigError(field, `"${text}" is not a header name`);
  }
  return name;
}

function compileAddition(option: HeaderValueOption, field: string): HeaderAddition {
  const name = parseName(option.header?.key ?? "", `${field}.header.key`);
  const raw = option.header?.rawValue ?? new Uint8Array();
  const text = raw.length > 0 ? Buffer.from(raw).toString("latin1") : (option.header?.value ?? "");
  if (/[\r\n\0]/.test(text)) {
    throw new ConfigError(`${field}.header.value`, "must not hold CR, LF or NUL");
  }
  const format = compileTextFormat(text, `${field}.header.value`, { emptyForUnset: true });
  return {
    name,
    // The deprecated `append: false` still comes from older control planes.
    action: option.append === false ? "overwrite" : ACTIONS[option.appendAction],
    value: format.isConstant ? text.replaceAll("%%", "%") : format,
    keepsEmpty: option.keepEmptyValue,
  };
}

/** Level by level; within one, Envoy removes before it adds. */
export function applyHeaderMutations(
  mutations: HeaderMutations,
  headers: HeaderMap,
  info: StreamInfo,
): void {
  for (const level of mutations) {
    for (const name of level.removes) headers.remove(name);
    for (const addition of level.adds) {
      const value =
        typeof addition.value === "string" ? addition.value : addition.value.format(info);
      if (value !== "" || addition.keepsEmpty) applyAddition(addition, headers, value);
    }
  }
}

function applyAddition(addition: HeaderAddition, headers: HeaderMap, value: string): void {
  switch (addition.action) {
    case "append":
      headers.add(addition.name, value);
      return;
    case "add-if-absent":
      if (!headers.has(addition.name)) headers.add(addition.name, value);
      return;
    case "overwrite":
      headers.set(addition.name, value);
      return;
    case "overwrite-if-present":
      if (headers.has(addition.name)) headers.set(addition.name, value);
      return;
  }
}

const ACTIONS: Readonly<Record<AppendAction, HeaderAddition["action"]>> = {
  [AppendAction.APPEND_IF_EXISTS_OR_ADD]: "append",
  [AppendAction.ADD_IF_ABSENT]: "add-if-absent",
  [AppendAction.OVERWRITE_IF_EXISTS_OR_ADD]: "overwrite",
  [AppendAction.OVERWRITE_IF_EXISTS]: "overwrite-if-present",
};
