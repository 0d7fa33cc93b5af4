import type { Any } from "@bufbuild/protobuf/wkt";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { TransportSocket } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { InternalUpstreamTransportSchema } from "@weft/api/envoy/extensions/transport_sockets/internal_upstream/v3/internal_upstream_pb.js";
import { RawBufferSchema } from "@weft/api/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.js";
import { UpstreamTlsContextSchema } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { ConfigError } from "@weft/core";
import type { SecretSource } from "../transport/secret-source.ts";
import { buildUpstreamTls } from "../transport/upstream-tls.ts";
import type { UpstreamTransport } from "./connect.ts";

/** Reads a cluster's transport socket; throws `ConfigError` naming `field`. */
export function buildTransport(
  socket: TransportSocket,
  secrets: SecretSource,
  field: string,
): UpstreamTransport {
  if (socket.configType.case === "typedConfig")
    return buildFromAny(socket.configType.value, secrets, `${field}.typed_config`);
  // Envoy's samples name the plain socket and leave its empty configuration out.
  if (socket.name === "envoy.transport_sockets.raw_buffer") return { kind: "raw" };
  throw new ConfigError(`${field}.typed_config`, "is required");
}

function buildFromAny(any: Any, secrets: SecretSource, field: string): UpstreamTransport {
  if (anyUnpack(any, RawBufferSchema) !== undefined) return { kind: "raw" };
  const context = anyUnpack(any, UpstreamTlsContextSchema);
  if (context !== undefined) return { kind: "tls", tls: buildUpstreamTls(context, secrets, field) };
  // What it would pass to the internal listener (metadata) nothing reads; the bytes are the inner's.
  const internal = anyUnpack(any, InternalUpstreamTransportSchema);
  if (internal?.transportSocket !== undefined)
    return buildTransport(internal.transportSocket, secrets, `${field}.transport_socket`);
  throw new ConfigError(field, `${any.typeUrl} is not supported`);
}
