import {
  array,
  boolean,
  duration,
  integer,
  map,
  object,
  port,
  required,
  string,
  unchecked,
  unsupported,
  word,
} from "../schema/form.ts";
import { documentFields } from "./metadata.ts";

/** Also a part of MeshConfig. */
export const tcpKeepalive = object({
  probes: integer(),
  time: duration(),
  interval: duration(),
});

const connectionPool = object({
  tcp: object({
    maxConnections: integer(),
    connectTimeout: duration(),
    maxConnectionDuration: duration(),
    idleTimeout: duration(),
    tcpKeepalive,
  }),
  http: object({
    http1MaxPendingRequests: integer(),
    http2MaxRequests: integer(),
    maxRequestsPerConnection: integer(),
    maxRetries: integer(),
    idleTimeout: duration(),
    h2UpgradePolicy: word(["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"]),
    useClientProtocol: boolean(),
    maxConcurrentStreams: integer(),
    http2KeepAlive: unsupported(),
  }),
});

const loadBalancer = object(
  {
    simple: word(
      ["UNSPECIFIED", "LEAST_CONN", "LEAST_REQUEST", "RANDOM", "ROUND_ROBIN"],
      ["PASSTHROUGH"],
    ),
    warmup: object({
      duration: required(duration()),
      aggression: unsupported(),
      minimumPercent: unsupported(),
    }),
    warmupDurationSecs: duration(),
    consistentHash: unsupported("use simple"),
    localityLbSetting: unsupported(),
    zoneAwareLbSetting: unsupported(),
    backendUtilization: unsupported("use simple"),
  },
  { exclusive: [["warmup", "warmupDurationSecs"]] },
);

const outlierDetection = object({
  consecutive5xxErrors: integer(),
  consecutiveErrors: unsupported("use consecutive5xxErrors"),
  consecutiveGatewayErrors: integer(),
  consecutiveLocalOriginFailures: integer(),
  splitExternalLocalOriginErrors: boolean(),
  interval: duration(),
  baseEjectionTime: duration(),
  maxEjectionPercent: integer({ max: 100 }),
  minHealthPercent: integer({ max: 100 }),
  outlierDetectionHttpErrorCodes: unsupported(),
});

const tls = object({
  mode: required(word(["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"])),
  clientCertificate: string(),
  privateKey: string(),
  caCertificates: string(),
  caCrl: unsupported(),
  credentialName: unsupported("name PEM files: clientCertificate, privateKey, caCertificates"),
  subjectAltNames: array(string({ minLength: 1 })),
  sni: string(),
  insecureSkipVerify: boolean(),
});

/** What a port may have of its own. */
export const portTrafficPolicy = object({
  loadBalancer,
  connectionPool,
  outlierDetection,
  tls,
});

/** Of a rule or a subset. */
export const trafficPolicy = object({
  ...portTrafficPolicy.fields,
  portLevelSettings: array(
    object({
      port: required(object({ number: required(port()) })),
      ...portTrafficPolicy.fields,
    }),
  ),
  proxyProtocol: unsupported(),
  retryBudget: unsupported("use connectionPool.http.maxRetries"),
  tunnel: unsupported(),
});

/** The whole document. https://istio.io/latest/docs/reference/config/networking/destination-rule/ */
export const destinationRule = object({
  ...documentFields,
  spec: required(
    object({
      host: required(string({ format: "host", minLength: 1 })),
      trafficPolicy,
      subsets: array(
        object({
          name: required(string({ format: "label", minLength: 1 })),
          labels: map(string()),
          trafficPolicy,
        }),
      ),
      exportTo: array(string({ minLength: 1 })),
      workloadSelector: object({ matchLabels: map(string({ format: "selector-value" })) }),
    }),
  ),
  status: unchecked(),
});
