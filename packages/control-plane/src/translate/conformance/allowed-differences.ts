import type { JsonValue } from "@bufbuild/protobuf";
import type { Difference } from "./difference.ts";

/** A deliberate difference from istiod: where, and why. */
export interface AllowedDifference {
  readonly path: RegExp;
  readonly reason: string;
  /** Narrows it to what the reason speaks of. */
  readonly when: (difference: Difference) => boolean;
}

/**
 * Everything that Weft knowingly says otherwise than istiod, by the classes of
 * docs/decisions/0012-differences-from-istiod.md. Whatever is not here makes the test fail.
 */
export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  // Weft says more.
  {
    path: /\/metadata\/filter_metadata\/weft\.dev\/(origin|policy)$/,
    reason: "Weft says which of the user's lines a part came from",
    when: onlyOurs,
  },
  {
    path: /\/metadata$/,
    reason: "the same, where istiod has no metadata at all",
    when: ({ recorded, ours }) =>
      recorded === undefined &&
      /^\{"filter_metadata":\{("weft\.dev\/(origin|policy)":\{[^{}]*\},?)+\}\}$/.test(text(ours)),
  },

  // Weft is stricter.
  {
    path: /\/tls_params\/tls_minimum_protocol_version$/,
    reason: "between proxies of the mesh nothing below TLS 1.3 is spoken",
    when: becomes("TLSv1_2", "TLSv1_3"),
  },
  {
    path: /^listeners\/.*\/tls_params\/cipher_suites$/,
    reason: "they choose among TLS 1.2's ciphers",
    when: onlyRecorded,
  },

  // Both mean the same: Envoy's default, or another way to say it.
  {
    path: /^endpoints\/[^/]+\/policy$/,
    reason: "Envoy's default",
    when: becomes({ overprovisioning_factor: 140 }, undefined),
  },
  {
    path: /\/slow_start_config\/aggression$/,
    reason: "Envoy's default",
    when: becomes({ default_value: 1, runtime_key: "(" }, undefined),
  },
  {
    path: /\/load_assignment\/endpoints\/\d+\/lb_endpoints\/\d+\/health_status$/,
    reason: "an endpoint of unknown health counts as healthy",
    when: becomes(undefined, "HEALTHY"),
  },
  {
    path: /^clusters\/outbound\|9000\|\|dns\.example\.com\/.*\/(combined_)?validation_context$/,
    reason: "proxies read PEM files themselves; no agent serves them over SDS",
    when: ({ recorded, ours }) =>
      text(recorded).includes('"name":"file-root:system"') || text(ours).includes('"trusted_ca"'),
  },
  {
    path: /^endpoints\/.*\/lb_endpoints\/\d+\/metadata\/filter_metadata\/istio\/workload$/,
    reason: "a pod without an owner, `details-v1-0`, is one of the launcher's for `details-v1`",
    when: ({ recorded, ours }) => text(recorded).replace(/-\d+;/, ";") === text(ours),
  },

  // Envoy's own tuning of DNS; the messages that Weft is generated from do not all have it.
  {
    path: /^clusters\/.*\/dns_jitter$/,
    reason: "newer than the published messages",
    when: becomes("0.100s", undefined),
  },
  {
    path: /^clusters\/.*\/typed_dns_resolver_config$/,
    reason: "a limit for Envoy's c-ares; without it Envoy chooses",
    when: onlyRecorded,
  },

  // Not in the recorded input.
  {
    path: /^endpoints\/.*\/endpoints\/\d+\/locality$/,
    reason: "it comes from the cluster's Nodes, which were not recorded and are not read",
    when: becomes({ region: "r1", zone: "z1" }, undefined),
  },
  {
    path: /^listeners\/.*\/transport_socket\/.*\/tls_certificate_sds_secret_configs$/,
    reason: "`credentialName` names a Kubernetes Secret; the test gives files in its place",
    when: onlyRecorded,
  },
  {
    path: /^listeners\/.*\/transport_socket\/.*\/tls_certificates$/,
    reason: "those files",
    when: onlyOurs,
  },

  // Weft refuses at ingest what would ask for it (see NOT_IMPLEMENTED of recorded-input.ts).
  {
    path: /\.http_connection_manager\/typed_config\/tracing$/,
    reason: "no spans are sent; trace headers pass through",
    when: onlyRecorded,
  },
  {
    path: /^listeners\/(.*\/typed_config\/)?[^/]*\/?access_log$/,
    reason: "Telemetry is not read; the mesh's `accessLogFile` is",
    when: ({ recorded, ours }) => ours === undefined && text(recorded).includes("/dev/stdout"),
  },
  {
    path: /\/envoy\.filters\.(http|network)\.(rbac|jwt_authn)(#\d+)?$/,
    reason: "AuthorizationPolicy and RequestAuthentication are not read",
    when: onlyRecorded,
  },
  {
    path: /\/circuit_breakers\/thresholds\/0\/retry_budget$/,
    reason: "`retryBudget` is refused",
    when: onlyRecorded,
  },
  {
    path: /^clusters\/outbound\|9080\|(v1|v3)?\|reviews\.bookinfo\.svc\.cluster\.local\/lb_policy$/,
    reason: "`consistentHash` is refused",
    when: becomes("RING_HASH", "LEAST_REQUEST"),
  },
  {
    path: /\/(ring_hash_lb_config|route\/hash_policy)$/,
    reason: "`consistentHash` is refused",
    when: onlyRecorded,
  },
  {
    path: /\/reviews\.bookinfo\.svc\.cluster\.local:\d+\/routes\/[^/]+\/route\/retry_policy\/retry_host_predicate$/,
    reason: "istiod leaves it out where a hash decides on the host",
    when: onlyOurs,
  },
];

/** The first entry that covers a difference. */
export function allowedBy(difference: Difference): AllowedDifference | undefined {
  return ALLOWED_DIFFERENCES.find(
    ({ path, when }) => path.test(difference.path) && when(difference),
  );
}

function onlyOurs({ recorded }: Difference): boolean {
  return recorded === undefined;
}

function onlyRecorded({ ours }: Difference): boolean {
  return ours === undefined;
}

function becomes(from: JsonValue | undefined, to: JsonValue | undefined) {
  return ({ recorded, ours }: Difference) =>
    text(recorded) === text(from) && text(ours) === text(to);
}

function text(value: JsonValue | undefined): string {
  return JSON.stringify(value) ?? "";
}
