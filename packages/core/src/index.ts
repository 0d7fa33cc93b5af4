export { type BackoffConfig, backoffMs } from "./backoff.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { ConfigError } from "./config-error.ts";
export { parseDurationMs } from "./duration.ts";
export { createLog, type Log, type LogFacts, type LogLevel, silentLog } from "./log.ts";
export { MeshError, toError } from "./mesh-error.ts";
export { type Random, seededRandom, systemRandom } from "./random.ts";
export { parseSpiffeId, type SpiffeId, toSpiffeId, type WorkloadIdentity } from "./spiffe-id.ts";
