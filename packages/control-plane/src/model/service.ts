import type { ExportTo, Labels, Resource } from "./resource.ts";

/** Application protocol of a port, by Istio's rules (appProtocol, then the name's prefix, then the port). */
export type Protocol =
  | "http"
  | "http2"
  | "grpc"
  | "grpc-web"
  | "https"
  | "tls"
  | "tcp"
  | "mongo"
  | "mysql"
  | "redis"
  | "udp"
  /** Not declared: HTTP or TCP is found out by looking at the first bytes. */
  | "auto";

/** One port of a service. */
export interface ServicePort {
  readonly port: number;
  readonly name: string;
  readonly protocol: Protocol;
  /** Port of the workload: a number, or the name of a container port. */
  readonly targetPort: number | string;
}

/** How a service's endpoints are found. */
export type Resolution = "eds" | "static" | "dns" | "dns-round-robin" | "none";

/** A Kubernetes Service or one host of a ServiceEntry. */
export interface Service extends Resource {
  /** `reviews.default.svc.cluster.local`; a ServiceEntry's may be `*.example.com`. */
  readonly hostname: string;
  readonly source: "kubernetes" | "service-entry";
  readonly location: "mesh-internal" | "mesh-external";
  /** Cluster IPs or ServiceEntry addresses (IP or CIDR). Empty: none was given ("headless" is {@link isHeadless}). */
  readonly addresses: readonly string[];
  /** `clusterIP: None`. */
  readonly isHeadless: boolean;
  /** `publishNotReadyAddresses`: pods count before they are ready. */
  readonly takesUnready: boolean;
  readonly resolution: Resolution;
  readonly ports: readonly ServicePort[];
  /** Workloads that belong to it; `undefined`: none by label. */
  readonly selector: Labels | undefined;
  /** Endpoints written into a ServiceEntry. */
  readonly endpoints: readonly ServiceEntryEndpoint[];
  readonly subjectAltNames: readonly string[];
  readonly exportTo: ExportTo;
}

/** One of `ServiceEntry.spec.endpoints`. */
export interface ServiceEntryEndpoint {
  /** IP, DNS name, or `unix:///path`. */
  readonly address: string;
  /** Port name → port; the service port's own number where a name is missing. */
  readonly ports: Readonly<Record<string, number>>;
  readonly labels: Labels;
  /** At least 1. */
  readonly weight: number;
  readonly serviceAccount: string;
  readonly locality: string;
}
