import { create } from "@bufbuild/protobuf";
import {
  type ListenerFilter,
  type ListenerFilterChainMatchPredicate,
  ListenerFilterSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import { HttpInspectorSchema } from "@weft/api/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.js";
import { OriginalDstSchema } from "@weft/api/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js";
import { TlsInspectorSchema } from "@weft/api/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js";
import { buildExtension } from "../message/any.ts";

/** Enough for most client hellos; it grows when one is longer. */
const TLS_INITIAL_READ_BYTES = 512;

/** Learns SNI and ALPN; not on connections that `disabled` covers. */
export function tlsInspector(disabled?: ListenerFilterChainMatchPredicate): ListenerFilter {
  return create(ListenerFilterSchema, {
    ...buildExtension("envoy.filters.listener.tls_inspector", TlsInspectorSchema, {
      initialReadBufferSize: TLS_INITIAL_READ_BYTES,
    }),
    ...(disabled === undefined ? {} : { filterDisabled: disabled }),
  });
}

/** Learns whether plain bytes are HTTP; not on connections that `disabled` covers. */
export function httpInspector(disabled?: ListenerFilterChainMatchPredicate): ListenerFilter {
  return create(ListenerFilterSchema, {
    ...buildExtension("envoy.filters.listener.http_inspector", HttpInspectorSchema),
    ...(disabled === undefined ? {} : { filterDisabled: disabled }),
  });
}

/** Learns where a captured connection was going. */
export function originalDst(): ListenerFilter {
  return create(
    ListenerFilterSchema,
    buildExtension("envoy.filters.listener.original_dst", OriginalDstSchema),
  );
}
