import {
  HeaderValueOption_HeaderAppendAction as AppendAction,
  type HeaderValueOption,
} from "@weft/api/envoy/config/core/v3/base_pb.js";
import { ConfigError } from "@weft/core";
import { compileTextFormat, type TextFormat } from "../../access-log/text-format.ts";
import type { HeaderMap } from "../../http/header-map.ts";
import type { StreamInfo } from "../../http/stream-info.ts";
import { checkHeaderText } from "../header-text.ts";
import { knownEnum } from "../known-enum.ts";

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
  checkHeaderText(text, `${field}.header.value`);
  const format = compileTextFormat(text, `${field}.header.value`, { emptyForUnset: true });
  return {
    name,
    action: compileAction(option, field),
    value: format.isConstant ? text.replaceAll("%%", "%") : format,
    keepsEmpty: option.keepEmptyValue,
  };
}

/** The deprecated `append` still comes from older control planes; it excludes `append_action`. */
function compileAction(option: HeaderValueOption, field: string): HeaderAddition["action"] {
  if (option.append === undefined) {
    return knownEnum(ACTIONS, option.appendAction, `${field}.append_action`);
  }
  if (option.appendAction !== AppendAction.APPEND_IF_EXISTS_OR_ADD) {
    throw new ConfigError(field, "append and append_action exclude each other");
  }
  return option.append ? "append" : "overwrite";
}

/**
 * Level by level; within one, Envoy removes first, then works out every value and condition on what is
 * left, and only then overwrites and adds. So `%REQ(x)%` never sees what its own level does to `x`.
 */
export function applyHeaderMutations(
  mutations: HeaderMutations,
  headers: HeaderMap,
  info: StreamInfo,
): void {
  for (const level of mutations) {
    for (const name of level.removes) headers.remove(name);
    applyAdditions(level.adds, headers, info);
  }
}

function applyAdditions(
  additions: readonly HeaderAddition[],
  headers: HeaderMap,
  info: StreamInfo,
): void {
  // Flat [name, value, ...].
  const overwrites: string[] = [];
  const appends: string[] = [];
  for (const addition of additions) {
    const value = typeof addition.value === "string" ? addition.value : addition.value.format(info);
    if (value === "" && !addition.keepsEmpty) continue;
    const target = targetOf(addition, headers, overwrites, appends);
    target?.push(addition.name, value);
  }
  for (let at = 0; at < overwrites.length; at += 2) {
    headers.set(overwrites[at] ?? "", overwrites[at + 1] ?? "");
  }
  for (let at = 0; at < appends.length; at += 2) {
    headers.add(appends[at] ?? "", appends[at + 1] ?? "");
  }
}

/** Where an addition goes; undefined when its condition does not hold. */
function targetOf(
  { action, name }: HeaderAddition,
  headers: HeaderMap,
  overwrites: string[],
  appends: string[],
): string[] | undefined {
  switch (action) {
    case "append":
      return appends;
    case "add-if-absent":
      return headers.has(name) ? undefined : appends;
    case "overwrite":
      return overwrites;
    case "overwrite-if-present":
      return headers.has(name) ? overwrites : undefined;
  }
}

const ACTIONS: Readonly<Record<AppendAction, HeaderAddition["action"]>> = {
  [AppendAction.APPEND_IF_EXISTS_OR_ADD]: "append",
  [AppendAction.ADD_IF_ABSENT]: "add-if-absent",
  [AppendAction.OVERWRITE_IF_EXISTS_OR_ADD]: "overwrite",
  [AppendAction.OVERWRITE_IF_EXISTS]: "overwrite-if-present",
};
