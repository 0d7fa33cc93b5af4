/**
 * Why a request did not simply succeed, as the access log prints it. Envoy's own short names:
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
 */
export type ResponseFlag =
  | "UH" // no healthy upstream host
  | "UF" // connecting upstream failed
  | "UO" // circuit breaker overflow
  | "NR" // no route
  | "NC" // no such cluster
  | "URX" // retries exhausted
  | "UT" // route timeout
  | "UC" // upstream closed the connection
  | "UR" // upstream reset the stream
  | "DC" // downstream went away
  | "DR" // downstream reset the stream
  | "DT" // stream or connection lived too long
  | "DI" // delay injected
  | "FI" // abort injected
  | "LR" // reset by this proxy
  | "SI" // stream idle timeout
  | "DPE" // downstream broke the protocol
  | "UPE" // upstream broke the protocol
  | "UMSDR"; // max stream duration reached

/** `%RESPONSE_FLAGS_LONG%` for each flag. */
export const LONG_FLAG: Readonly<Record<ResponseFlag, string>> = {
  UH: "NoHealthyUpstream",
  UF: "UpstreamConnectionFailure",
  UO: "UpstreamOverflow",
  NR: "NoRouteFound",
  NC: "NoClusterFound",
  URX: "UpstreamRetryLimitExceeded",
  UT: "UpstreamRequestTimeout",
  UC: "UpstreamConnectionTermination",
  UR: "UpstreamRemoteReset",
  DC: "DownstreamConnectionTermination",
  DR: "DownstreamRemoteReset",
  DT: "DurationTimeout",
  DI: "DelayInjected",
  FI: "FaultInjected",
  LR: "LocalReset",
  SI: "StreamIdleTimeout",
  DPE: "DownstreamProtocolError",
  UPE: "UpstreamProtocolError",
  UMSDR: "UpstreamMaxStreamDurationReached",
};

/** Several flags are printed in Envoy's order, whatever happened first. */
export const FLAG_ORDER: Readonly<Record<ResponseFlag, number>> = {
  UH: 1,
  UT: 2,
  LR: 3,
  UR: 4,
  UF: 5,
  UC: 6,
  UO: 7,
  NR: 8,
  DI: 9,
  FI: 10,
  DC: 11,
  URX: 12,
  SI: 13,
  DPE: 14,
  UMSDR: 15,
  DT: 16,
  UPE: 17,
  NC: 18,
  DR: 19,
};
