import type { Protocol, ServicePort } from "../model/service.ts";

/** How a port's bytes are looked at. */
export type Inspection = "http" | "tcp" | "auto";

const INSPECTION: Readonly<Record<Protocol, Inspection | undefined>> = {
  http: "http",
  http2: "http",
  grpc: "http",
  "grpc-web": "http",
  https: "tcp",
  tls: "tcp",
  tcp: "tcp",
  mongo: "tcp",
  mysql: "tcp",
  redis: "tcp",
  auto: "auto",
  udp: undefined,
};

/** `undefined`: not proxied at all. */
export function inspectionOf(port: ServicePort): Inspection | undefined {
  return INSPECTION[port.protocol];
}

/** Declared HTTP, or HTTP as far as the first bytes look like it. */
export function mayBeHttp(port: ServicePort): boolean {
  const inspection = inspectionOf(port);
  return inspection === "http" || inspection === "auto";
}

/** The port is spoken to in HTTP/2 from the start. */
export function isHttp2(port: ServicePort): boolean {
  return port.protocol === "http2" || port.protocol === "grpc" || port.protocol === "grpc-web";
}

/** Bytes of TLS that the application itself ends: routed by SNI. */
export function isTls(port: ServicePort): boolean {
  return port.protocol === "tls" || port.protocol === "https";
}
