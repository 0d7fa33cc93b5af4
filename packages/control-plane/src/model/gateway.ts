import type { Labels, Origin, Resource } from "./resource.ts";

/** https://istio.io/latest/docs/reference/config/networking/gateway/ */
export interface Gateway extends Resource {
  readonly selector: Labels;
  readonly servers: readonly GatewayServer[];
}

/** One of `spec.servers`. */
export interface GatewayServer {
  readonly origin: Origin;
  readonly name: string;
  readonly port: {
    readonly number: number;
    readonly name: string;
    readonly protocol: "HTTP" | "HTTP2" | "GRPC" | "HTTPS" | "TLS" | "TCP" | "MONGO" | "GRPC-WEB";
  };
  /** Empty: 0.0.0.0 (or what the gateway's own metadata says). */
  readonly bind: string;
  /** Without the `namespace/` part. */
  readonly hosts: readonly GatewayHost[];
  readonly tls: ServerTls | undefined;
}

/** `ns/host`: `*` any namespace, `.` the Gateway's own. */
export interface GatewayHost {
  readonly namespace: string;
  readonly host: string;
}

/** Paths of PEM files; `credentialName` is refused at ingest on one machine. */
export interface ServerTls {
  readonly mode: "PASSTHROUGH" | "SIMPLE" | "MUTUAL" | "ISTIO_MUTUAL" | "AUTO_PASSTHROUGH";
  readonly httpsRedirect: boolean;
  readonly serverCertificate: string;
  readonly privateKey: string;
  readonly caCertificates: string;
  readonly subjectAltNames: readonly string[];
  readonly minProtocolVersion: "TLSV1_2" | "TLSV1_3" | undefined;
  readonly maxProtocolVersion: "TLSV1_2" | "TLSV1_3" | undefined;
}
