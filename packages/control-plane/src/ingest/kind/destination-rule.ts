import { resourceSchema, type ValueOf } from "@weft/api";
import type {
  ClientTls,
  ConnectionPool,
  DestinationRule,
  LoadBalancerPolicy,
  OutlierDetection,
  Subset,
  TrafficPolicy,
} from "../../model/destination-rule.ts";
import { defineKind, type ResourceContext } from "../resource-kind.ts";
import type { FieldPath } from "../yaml/field-path.ts";
import { reportClientTls } from "./client-tls-rules.ts";
import { qualifyHost } from "./host-name.ts";
import { toLabels } from "./label-map.ts";

type WrittenPolicy = ValueOf<typeof resourceSchema.trafficPolicy>;
type WrittenPortPolicy = ValueOf<typeof resourceSchema.portTrafficPolicy>;
/** `trafficPolicy.tls` as it was written. */
export type WrittenTls = NonNullable<WrittenPolicy["tls"]>;

/** networking.istio.io DestinationRule. */
export const destinationRuleKind = defineKind({
  group: "networking.istio.io",
  versions: ["v1", "v1beta1", "v1alpha3"],
  kind: "DestinationRule",
  schema: resourceSchema.destinationRule,
  parse({ spec }, context) {
    const { resource } = context;
    const rule: DestinationRule = {
      ...resource,
      host: qualifyHost(spec.host, resource.namespace),
      trafficPolicy: parseTrafficPolicy(spec.trafficPolicy, ["spec", "trafficPolicy"], context),
      subsets: parseSubsets(spec.subsets ?? [], context),
      exportTo: spec.exportTo ?? [],
      workloadSelector: toLabels(spec.workloadSelector?.matchLabels),
    };
    return { destinationRules: [rule] };
  },
});

function parseSubsets(
  written: NonNullable<ValueOf<typeof resourceSchema.destinationRule>["spec"]["subsets"]>,
  context: ResourceContext,
): readonly Subset[] {
  const names = new Set<string>();
  return written.map(({ name, labels, trafficPolicy }, index) => {
    const path = ["spec", "subsets", index];
    if (names.has(name)) {
      context.report({
        code: "DuplicateName",
        path: [...path, "name"],
        message: `there are two subsets ${JSON.stringify(name)}`,
        remedy: "rename one of them",
      });
    }
    names.add(name);
    return {
      origin: context.originAt(path),
      name,
      labels: toLabels(labels),
      trafficPolicy: parseTrafficPolicy(trafficPolicy, [...path, "trafficPolicy"], context),
    };
  });
}

function parseTrafficPolicy(
  written: WrittenPolicy | undefined,
  path: FieldPath,
  context: ResourceContext,
): TrafficPolicy {
  const portLevelSettings = new Map<number, Omit<TrafficPolicy, "portLevelSettings">>();
  for (const [index, settings] of (written?.portLevelSettings ?? []).entries()) {
    const portPath = [...path, "portLevelSettings", index];
    const { number } = settings.port;
    if (portLevelSettings.has(number)) {
      context.report({
        code: "DuplicateName",
        path: [...portPath, "port", "number"],
        message: `port ${number} has settings already`,
        remedy: "put them together",
      });
    }
    portLevelSettings.set(number, parsePortPolicy(settings, portPath, context));
  }
  return { ...parsePortPolicy(written, path, context), portLevelSettings };
}

function parsePortPolicy(
  written: WrittenPortPolicy | undefined,
  path: FieldPath,
  context: ResourceContext,
): Omit<TrafficPolicy, "portLevelSettings"> {
  const tls = written?.tls;
  if (tls !== undefined) reportClientTls(tls, [...path, "tls"], context);
  reportWarmup(written?.loadBalancer, [...path, "loadBalancer"], context);
  reportLocalOrigin(written?.outlierDetection, [...path, "outlierDetection"], context);
  return {
    loadBalancer: toLoadBalancer(written?.loadBalancer),
    connectionPool: toConnectionPool(written?.connectionPool),
    outlierDetection: toOutlierDetection(written?.outlierDetection),
    tls: toClientTls(tls),
  };
}

function toLoadBalancer(written: WrittenPolicy["loadBalancer"]): LoadBalancerPolicy | undefined {
  if (written === undefined) return undefined;
  const { simple = "UNSPECIFIED", warmup, warmupDurationSecs } = written;
  return {
    // Istio's default, and the name it gave LEAST_CONN later.
    simple: simple === "UNSPECIFIED" || simple === "LEAST_CONN" ? "LEAST_REQUEST" : simple,
    warmupMs: warmup?.duration ?? warmupDurationSecs,
  };
}

function toConnectionPool(written: WrittenPolicy["connectionPool"]): ConnectionPool | undefined {
  if (written === undefined) return undefined;
  const { tcp, http } = written;
  const keepalive = tcp?.tcpKeepalive;
  return {
    tcp: {
      maxConnections: tcp?.maxConnections,
      connectTimeoutMs: tcp?.connectTimeout,
      maxConnectionDurationMs: tcp?.maxConnectionDuration,
      idleTimeoutMs: tcp?.idleTimeout,
      keepalive: keepalive && {
        probes: keepalive.probes,
        timeMs: keepalive.time,
        intervalMs: keepalive.interval,
      },
    },
    http: {
      http1MaxPendingRequests: http?.http1MaxPendingRequests,
      http2MaxRequests: http?.http2MaxRequests,
      maxRequestsPerConnection: http?.maxRequestsPerConnection,
      maxRetries: http?.maxRetries,
      idleTimeoutMs: http?.idleTimeout,
      h2UpgradePolicy: http?.h2UpgradePolicy ?? "DEFAULT",
      useClientProtocol: http?.useClientProtocol ?? false,
      maxConcurrentStreams: http?.maxConcurrentStreams,
    },
  };
}

function toOutlierDetection(
  written: WrittenPolicy["outlierDetection"],
): OutlierDetection | undefined {
  if (written === undefined) return undefined;
  return {
    consecutive5xxErrors: written.consecutive5xxErrors,
    consecutiveGatewayErrors: written.consecutiveGatewayErrors,
    consecutiveLocalOriginFailures: written.consecutiveLocalOriginFailures,
    splitExternalLocalOriginErrors: written.splitExternalLocalOriginErrors ?? false,
    intervalMs: written.interval,
    baseEjectionTimeMs: written.baseEjectionTime,
    maxEjectionPercent: written.maxEjectionPercent,
    minHealthPercent: written.minHealthPercent,
  };
}

function toClientTls(written: WrittenTls | undefined): ClientTls | undefined {
  if (written === undefined) return undefined;
  return {
    mode: written.mode,
    clientCertificate: written.clientCertificate ?? "",
    privateKey: written.privateKey ?? "",
    caCertificates: written.caCertificates ?? "",
    credentialName: "",
    subjectAltNames: written.subjectAltNames ?? [],
    sni: written.sni ?? "",
    insecureSkipVerify: written.insecureSkipVerify ?? false,
  };
}

/** Failures to connect count by themselves only where they are split off. */
function reportLocalOrigin(
  written: WrittenPolicy["outlierDetection"],
  path: FieldPath,
  { report }: ResourceContext,
): void {
  if (written?.consecutiveLocalOriginFailures === undefined) return;
  if (written.splitExternalLocalOriginErrors === true) return;
  report({
    severity: "warning",
    code: "NoEffect",
    path: [...path, "consecutiveLocalOriginFailures"],
    message: "failures to connect are counted among the other errors",
    remedy: "add splitExternalLocalOriginErrors: true",
  });
}

/** A stock Envoy obeys it, and gets it. */
function reportWarmup(
  written: WrittenPolicy["loadBalancer"],
  path: FieldPath,
  { report }: ResourceContext,
): void {
  for (const name of ["warmup", "warmupDurationSecs"] as const) {
    if (written?.[name] === undefined) continue;
    report({
      severity: "warning",
      code: "NoEffect",
      path: [...path, name],
      message: "Weft's own proxy sends a new instance its full share at once",
      remedy: "use a stock Envoy (proxy: envoy) for callers that need it",
    });
  }
}
