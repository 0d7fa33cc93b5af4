import { create } from "@bufbuild/protobuf";
import {
  type ListenerFilter,
  ListenerFilterSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import { HttpInspectorSchema } from "@weft/api/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.js";
import { OriginalDstSchema } from "@weft/api/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js";
import { TlsInspectorSchema } from "@weft/api/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js";
import { buildExtension } from "../message/any.ts";

/** Enough for most client hellos; it grows when one is longer. */
const TLS_INITIAL_READ_BYTES = 512;

/** Learns SNI and ALPN. Not on connections to `disabledPorts`. */
export function tlsInspector(disabledPorts: readonly number[] = []): ListenerFilter {
  return create(ListenerFilterSchema, {
    ...buildExtension("envoy.filters.listener.tls_inspector", TlsInspectorSchema, {
      initialReadBufferSize: TLS_INITIAL_READ_BYTES,
    }),
    ...filterDisabled(disabledPorts),
  });
}

/** Learns whether plain bytes are HTTP. Not on connections to `disabledPorts`. */
export function httpInspector(disabledPorts: readonly number[] = []): ListenerFilter {
  return create(ListenerFilterSchema, {
    ...buildExtension("envoy.filters.listener.http_inspector", HttpInspectorSchema),
    ...filterDisabled(disabledPorts),
  });
}

/** Learns where a captured connection was going. */
export function originalDst(): ListenerFilter {
  return create(
    ListenerFilterSchema,
    buildExtension("envoy.filters.listener.original_dst", OriginalDstSchema),
  );
}

function filterDisabled(ports: readonly number[]) {
  const rules = ports.map((port) => ({
    rule: {
      case: "destinationPortRange",
      value: { start: port, end: port + 1 },
    } as const,
  }));
  const [only, ...others] = rules;
  if (only === undefined) return {};
  if (others.length === 0) return { filterDisabled: only };
  return { filterDisabled: { rule: { case: "orMatch", value: { rules } } as const } };
}
