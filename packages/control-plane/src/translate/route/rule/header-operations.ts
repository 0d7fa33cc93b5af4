import { create } from "@bufbuild/protobuf";
import {
  type HeaderValueOption,
  HeaderValueOption_HeaderAppendAction,
  HeaderValueOptionSchema,
} from "@weft/api/envoy/config/core/v3/base_pb.js";
import type { HeaderChange, HeaderOperations } from "../../../model/virtual-service.ts";

/** The header fields that routes and weighted clusters have in common. */
export interface HeaderFields {
  readonly requestHeadersToAdd: HeaderValueOption[];
  readonly requestHeadersToRemove: string[];
  readonly responseHeadersToAdd: HeaderValueOption[];
  readonly responseHeadersToRemove: string[];
}

/** Several sets of operations, the outer one first. */
export function buildHeaderFields(...operations: readonly HeaderOperations[]): HeaderFields {
  return {
    requestHeadersToAdd: operations.flatMap(({ request }) => headersToAdd(request)),
    requestHeadersToRemove: operations.flatMap(({ request }) => request.remove),
    responseHeadersToAdd: operations.flatMap(({ response }) => headersToAdd(response)),
    responseHeadersToRemove: operations.flatMap(({ response }) => response.remove),
  };
}

/**
 * The host that a request's `set` (or else `add`: there is one only) of `:authority` or `host` asks for;
 * Envoy wants it as a rewrite.
 */
export function authorityFrom({ request: { set, add } }: HeaderOperations): string | undefined {
  return [...set, ...add].find(([name]) => isAuthority(name))?.[1];
}

function headersToAdd(change: HeaderChange): HeaderValueOption[] {
  const { APPEND_IF_EXISTS_OR_ADD, OVERWRITE_IF_EXISTS_OR_ADD } =
    HeaderValueOption_HeaderAppendAction;
  const set = change.set.filter(([name]) => !isAuthority(name));
  const add = change.add.filter(([name]) => !isAuthority(name));
  return [
    ...set.map(([key, value]) => headerOption(key, value, OVERWRITE_IF_EXISTS_OR_ADD)),
    ...add.map(([key, value]) => headerOption(key, value, APPEND_IF_EXISTS_OR_ADD)),
  ];
}

function headerOption(
  key: string,
  value: string,
  appendAction: HeaderValueOption_HeaderAppendAction,
): HeaderValueOption {
  return create(HeaderValueOptionSchema, { header: { key, value }, appendAction });
}

function isAuthority(name: string): boolean {
  return name === ":authority" || name === "host";
}
