import type { ExportTo, Labels, Origin, Resource } from "./resource.ts";

/** https://istio.io/latest/docs/reference/config/networking/destination-rule/ */
export interface DestinationRule extends Resource {
  /** Fully qualified; may begin with `*.`. */
  readonly host: string;
  readonly trafficPolicy: TrafficPolicy;
  readonly subsets: readonly Subset[];
  readonly exportTo: ExportTo;
  /** Workloads of the same namespace that it holds for; empty: all. */
  readonly workloadSelector: Labels;
}

/** A named part of a service's workloads. */
export interface Subset {
  readonly origin: Origin;
  readonly name: string;
  readonly labels: Labels;
  /** What it changes of the rule's policy. */
  readonly trafficPolicy: TrafficPolicy;
}

/** Absent parts are inherited: port level → subset → rule → mesh default. */
export interface TrafficPolicy {
  readonly loadBalancer: LoadBalancerPolicy | undefined;
  readonly connectionPool: ConnectionPool | undefined;
  readonly outlierDetection: OutlierDetection | undefined;
  readonly tls: ClientTls | undefined;
  /** By port number. */
  readonly portLevelSettings: ReadonlyMap<number, Omit<TrafficPolicy, "portLevelSettings">>;
}

/** `simple`, and slow start; consistent hashing and locality weights are refused at ingest. */
export interface LoadBalancerPolicy {
  readonly simple: "LEAST_REQUEST" | "ROUND_ROBIN" | "RANDOM";
  readonly warmupMs: number | undefined;
}

/** Each absent number: Istio's default. */
export interface ConnectionPool {
  readonly tcp: {
    readonly maxConnections: number | undefined;
    readonly connectTimeoutMs: number | undefined;
    readonly maxConnectionDurationMs: number | undefined;
    readonly idleTimeoutMs: number | undefined;
    readonly keepalive:
      | {
          readonly probes: number | undefined;
          readonly timeMs: number | undefined;
          readonly intervalMs: number | undefined;
        }
      | undefined;
  };
  readonly http: {
    readonly http1MaxPendingRequests: number | undefined;
    readonly http2MaxRequests: number | undefined;
    readonly maxRequestsPerConnection: number | undefined;
    readonly maxRetries: number | undefined;
    readonly idleTimeoutMs: number | undefined;
    readonly h2UpgradePolicy: "DEFAULT" | "DO_NOT_UPGRADE" | "UPGRADE";
    readonly useClientProtocol: boolean;
    readonly maxConcurrentStreams: number | undefined;
  };
}

/** Each absent number: Envoy's default. */
export interface OutlierDetection {
  readonly consecutive5xxErrors: number | undefined;
  readonly consecutiveGatewayErrors: number | undefined;
  readonly consecutiveLocalOriginFailures: number | undefined;
  readonly splitExternalLocalOriginErrors: boolean;
  readonly intervalMs: number | undefined;
  readonly baseEjectionTimeMs: number | undefined;
  readonly maxEjectionPercent: number | undefined;
  readonly minHealthPercent: number | undefined;
}

/** https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings */
export interface ClientTls {
  readonly mode: "DISABLE" | "SIMPLE" | "MUTUAL" | "ISTIO_MUTUAL";
  readonly clientCertificate: string;
  readonly privateKey: string;
  readonly caCertificates: string;
  readonly credentialName: string;
  readonly subjectAltNames: readonly string[];
  readonly sni: string;
  readonly insecureSkipVerify: boolean;
}
