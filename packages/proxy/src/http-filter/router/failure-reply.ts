import type { PoolFailure } from "../../cluster/cluster.ts";
import type { ResetReason } from "../../codec/codec.ts";
import type { LocalReply } from "../../http/local-reply.ts";

/** What the caller hears when no connection to a host could be had. Texts are Envoy's. */
export function poolFailureReply(failure: PoolFailure, isRetry = false): LocalReply {
  switch (failure.kind) {
    case "no-healthy-host":
      return {
        status: 503,
        body: "no healthy upstream",
        detail: "no_healthy_upstream",
        flag: "UH",
      };
    case "overflow":
      return {
        status: 503,
        body: resetText("overflow", isRetry),
        headers: ["x-envoy-overloaded", "true"],
        detail: "upstream_reset_before_response_started{overflow}",
        flag: "UO",
      };
    case "connect-failure":
      return {
        status: 503,
        body: `${resetText("remote connection failure", isRetry)}, transport failure reason: ${failure.detail}`,
        detail: `upstream_reset_before_response_started{remote_connection_failure|${underscored(failure.detail)}}`,
        flag: "UF",
      };
  }
}

/** What the caller hears when the upstream's stream broke before a response. */
export function resetReply(reason: ResetReason, detail: string, isRetry = false): LocalReply {
  const { name, flag } = RESETS[reason];
  const isProtocolError = reason === "protocol-error";
  return {
    status: isProtocolError ? 502 : 503,
    body: resetText(name, isRetry),
    detail: `upstream_reset_before_response_started{${underscored(detail === "" ? name : `${name}|${detail}`)}}`,
    flag,
  };
}

/** Also 504, but told apart from the route's own timeout by its detail. */
export const PER_TRY_TIMEOUT: LocalReply = {
  status: 504,
  body: "upstream request timeout",
  detail: "upstream_per_try_timeout",
  flag: "UT",
};

const RESETS = {
  "connection-closed": { name: "connection termination", flag: "UC" },
  "remote-reset": { name: "remote reset", flag: "UR" },
  "refused-stream": { name: "remote refused stream reset", flag: "UR" },
  "protocol-error": { name: "protocol error", flag: "UPE" },
  "local-reset": { name: "local reset", flag: "LR" },
} as const;

function resetText(reason: string, isRetry: boolean): string {
  const latest = isRetry ? "retried and the latest " : "";
  return `upstream connect error or disconnect/reset before headers. ${latest}reset reason: ${reason}`;
}

/** Details hold no blanks: access logs are split at them. */
function underscored(text: string): string {
  return text.replaceAll(/\s+/g, "_");
}
