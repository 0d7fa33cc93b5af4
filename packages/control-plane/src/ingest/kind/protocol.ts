import type { Protocol } from "../../model/service.ts";

const BY_NAME: ReadonlyMap<string, Protocol> = new Map([
  ["tcp", "tcp"],
  ["udp", "udp"],
  ["grpc", "grpc"],
  ["grpc-web", "grpc-web"],
  ["http", "http"],
  ["http_proxy", "http"],
  ["http2", "http2"],
  ["https", "https"],
  ["tls", "tls"],
  ["mongo", "mongo"],
  ["redis", "redis"],
  ["mysql", "mysql"],
]);

const BY_APP_PROTOCOL: ReadonlyMap<string, Protocol> = new Map([
  ...BY_NAME,
  ["kubernetes.io/h2c", "http2"],
  ["kubernetes.io/ws", "http"],
  ["kubernetes.io/wss", "https"],
]);

/** Where the server speaks first, looking at the client's first bytes would wait for ever. */
const SERVER_FIRST_PORTS: ReadonlySet<number> = new Set([25, 53, 3306, 27_017]);

/** https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/ */
export function selectProtocol(port: {
  readonly port: number;
  readonly name: string | undefined;
  readonly appProtocol: string | undefined;
  readonly transport: string | undefined;
}): Protocol {
  if (port.transport === "UDP") return "udp";
  const declared = BY_APP_PROTOCOL.get(port.appProtocol?.toLowerCase() ?? "");
  if (declared !== undefined) return declared;
  const name = port.name?.toLowerCase() ?? "";
  if (name === "grpc-web" || name.startsWith("grpc-web-")) return "grpc-web";
  const byName = BY_NAME.get(name.split("-", 1)[0] ?? "");
  if (byName !== undefined) return byName;
  return SERVER_FIRST_PORTS.has(port.port) ? "tcp" : "auto";
}

/** A ServiceEntry's or Gateway's `protocol`; `undefined` when there is no such protocol. */
export function parseProtocol(text: string): Protocol | undefined {
  return BY_NAME.get(text.toLowerCase());
}
