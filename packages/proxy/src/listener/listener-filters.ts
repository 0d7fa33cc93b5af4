import { type Any, anyIs } from "@bufbuild/protobuf/wkt";
import type {
  ListenerFilter,
  ListenerFilterChainMatchPredicate,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import type { Listener } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { HttpInspectorSchema } from "@weft/api/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.js";
import { OriginalDstSchema } from "@weft/api/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js";
import { TlsInspectorSchema } from "@weft/api/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js";
import { ConfigError } from "@weft/core";
import { toMs } from "../config/duration.ts";
import type { ChainCriteria } from "./filter-chain-match.ts";
import type { SnifferConfig } from "./sniffer.ts";

const DEFAULT_TIMEOUT_MS = 15_000;

/** Which listener filters look at a connection to `port`; throws `ConfigError` for unknown ones. */
export function compileListenerFilters(
  listener: Listener,
  chains: readonly { readonly criteria: ChainCriteria }[],
): (port: number) => SnifferConfig {
  const tls: ListenerFilter[] = [];
  const http: ListenerFilter[] = [];
  for (const [index, filter] of listener.listenerFilters.entries()) {
    const field = `listener_filters[${index}]`;
    if (filter.configType.case !== "typedConfig")
      throw new ConfigError(field, "only typed_config is supported");
    const any = filter.configType.value;
    if (anyIs(any, TlsInspectorSchema)) tls.push(filter);
    else if (anyIs(any, HttpInspectorSchema)) http.push(filter);
    else refuseUnlessOriginalDst(any, field);
  }
  // A chain that asks for what only the ClientHello tells implies the inspector, as in Envoy; an
  // inspector that is configured may be off for ports whose servers speak first.
  const impliesTls = tls.length === 0 && chains.some(({ criteria }) => needsClientHello(criteria));
  const timeoutMs = toMs(listener.listenerFiltersTimeout, DEFAULT_TIMEOUT_MS);
  return (port) => ({
    hasTlsInspector: impliesTls || tls.some((filter) => !isDisabled(filter.filterDisabled, port)),
    hasHttpInspector: http.some((filter) => !isDisabled(filter.filterDisabled, port)),
    timeoutMs,
    continueOnTimeout: listener.continueOnListenerFiltersTimeout,
  });
}

function needsClientHello(criteria: ChainCriteria): boolean {
  const { transportProtocol, serverNames, applicationProtocols } = criteria;
  if (transportProtocol !== "") return transportProtocol === "tls";
  return serverNames.length > 0 || applicationProtocols.length > 0;
}

/** Nothing redirects connections to us, so the local address is the original destination. */
function refuseUnlessOriginalDst(any: Any, field: string): void {
  if (!anyIs(any, OriginalDstSchema))
    throw new ConfigError(`${field}.typed_config`, `${any.typeUrl} is not supported`);
}

function isDisabled(
  predicate: ListenerFilterChainMatchPredicate | undefined,
  port: number,
): boolean {
  const rule = predicate?.rule;
  switch (rule?.case) {
    case "anyMatch":
      return rule.value;
    case "destinationPortRange":
      return port >= rule.value.start && port < rule.value.end;
    case "notMatch":
      return !isDisabled(rule.value, port);
    case "orMatch":
      return rule.value.rules.some((inner) => isDisabled(inner, port));
    case "andMatch":
      return rule.value.rules.every((inner) => isDisabled(inner, port));
    default:
      return false;
  }
}
