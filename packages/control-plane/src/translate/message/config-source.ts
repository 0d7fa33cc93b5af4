import { create } from "@bufbuild/protobuf";
import {
  ApiConfigSource_ApiType,
  ApiConfigSourceSchema,
  ApiVersion,
  type ConfigSource,
  ConfigSourceSchema,
} from "@weft/api/envoy/config/core/v3/config_source_pb.js";
import { durationFromMs } from "./wire-duration.ts";

/** A resource comes over the aggregated stream that the proxy already has; it waits for it without limit. */
export function adsConfigSource(): ConfigSource {
  return create(ConfigSourceSchema, {
    configSourceSpecifier: { case: "ads", value: {} },
    initialFetchTimeout: durationFromMs(0),
    resourceApiVersion: ApiVersion.V3,
  });
}

/** A secret comes from the proxy's own identity agent, never from the control plane: keys stay where they were made. */
export function sdsConfigSource(): ConfigSource {
  return create(ConfigSourceSchema, {
    configSourceSpecifier: {
      case: "apiConfigSource",
      value: create(ApiConfigSourceSchema, {
        apiType: ApiConfigSource_ApiType.GRPC,
        transportApiVersion: ApiVersion.V3,
        setNodeOnFirstMessageOnly: true,
        grpcServices: [
          { targetSpecifier: { case: "envoyGrpc", value: { clusterName: "sds-grpc" } } },
        ],
      }),
    },
    initialFetchTimeout: durationFromMs(0),
    resourceApiVersion: ApiVersion.V3,
  });
}
