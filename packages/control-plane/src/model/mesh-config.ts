import type { Origin } from "./resource.ts";
import type { RetryPolicy } from "./virtual-service.ts";

/** The part of Istio's MeshConfig that Weft honours; other fields are refused at ingest. */
export interface MeshConfig {
  readonly origin: Origin | undefined;
  readonly trustDomain: string;
  readonly rootNamespace: string;
  readonly clusterDomain: string;
  readonly outboundTrafficPolicy: "ALLOW_ANY" | "REGISTRY_ONLY";
  readonly enableAutoMtls: boolean;
  /** Path of the access log, `/dev/stdout` or a file; empty: off. */
  readonly accessLogFile: string;
  readonly accessLogEncoding: "TEXT" | "JSON";
  /** Empty: Istio's default format. */
  readonly accessLogFormat: string;
  readonly connectTimeoutMs: number;
  readonly defaultHttpRetryPolicy: RetryPolicy | undefined;
  readonly protocolDetectionTimeoutMs: number;
  readonly h2UpgradePolicy: "DO_NOT_UPGRADE" | "UPGRADE";
}
