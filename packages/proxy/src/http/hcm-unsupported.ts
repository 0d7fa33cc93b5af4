import type { HttpConnectionManager } from "@weft/api/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { ConfigError } from "@weft/core";

/**
 * Refuses options that would change what traffic does and that this proxy does not have: an operator
 * who set one would believe that it works. Tracing percentages without a provider, and how IPv4 is
 * printed, change nothing and pass.
 */
export function refuseUnsupportedOptions(message: HttpConnectionManager): void {
  const unsupported: readonly (readonly [isUsed: boolean, field: string])[] = [
    [message.tracing?.provider !== undefined, "tracing.provider"],
    [message.originalIpDetectionExtensions.length > 0, "original_ip_detection_extensions"],
    [message.earlyHeaderMutationExtensions.length > 0, "early_header_mutation_extensions"],
    [message.localReplyConfig !== undefined, "local_reply_config"],
    [message.schemeHeaderTransformation !== undefined, "scheme_header_transformation"],
    [message.proxyStatusConfig !== undefined, "proxy_status_config"],
    [message.pathNormalizationOptions !== undefined, "path_normalization_options"],
    [message.typedHeaderValidationConfig !== undefined, "typed_header_validation_config"],
    [message.accessLogOptions !== undefined, "access_log_options"],
    [message.addUserAgent === true, "add_user_agent"],
    [message.http3ProtocolOptions !== undefined, "http3_protocol_options"],
    [
      (message.commonHttpProtocolOptions?.headersWithUnderscoresAction ?? 0) !== 0,
      "common_http_protocol_options.headers_with_underscores_action",
    ],
    [
      message.commonHttpProtocolOptions?.maxConnectionDuration !== undefined,
      "common_http_protocol_options.max_connection_duration",
    ],
    [message.setCurrentClientCertDetails?.chain === true, "set_current_client_cert_details.chain"],
    [message.upgradeConfigs.some(({ filters }) => filters.length > 0), "upgrade_configs.filters"],
  ];
  for (const [isUsed, field] of unsupported) {
    if (isUsed) throw new ConfigError(field, "is not supported");
  }
}
