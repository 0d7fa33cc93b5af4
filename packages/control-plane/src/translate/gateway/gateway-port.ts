import type { Gateway, GatewayServer } from "../../model/gateway.ts";
import type { Scope } from "../scope.ts";

/** What a server does with the bytes it gets. */
export type ServerKind = "http" | "https" | "tls-passthrough" | "tls-terminated" | "tcp";

/** A server, and the Gateway it stands in. */
export interface BoundServer {
  readonly gateway: Gateway;
  readonly server: GatewayServer;
  readonly kind: ServerKind;
  /** Position in `spec.servers`. */
  readonly index: number;
}

/** All servers that share one address and port, of one or several Gateways, oldest first. */
export interface GatewayPort {
  /** As the servers say; empty: the proxy's own default. */
  readonly bind: string;
  readonly address: string;
  /** The port really bound. */
  readonly port: number;
  /** Of one nature: all HTTP, or all told apart by SNI, or one TCP server. */
  readonly servers: readonly BoundServer[];
}

/** What shares a port: HTTP servers with each other, TLS servers with each other, TCP with nobody. */
const SHARES: Readonly<Record<ServerKind, "http" | "tls" | "tcp">> = {
  http: "http",
  https: "tls",
  "tls-passthrough": "tls",
  "tls-terminated": "tls",
  tcp: "tcp",
};

/** The ports that the Gateways selecting this proxy open. The older server wins where two cannot share. */
export function gatewayPorts(scope: Scope): readonly GatewayPort[] {
  const ports = new Map<string, GatewayPort & { readonly servers: BoundServer[] }>();
  for (const gateway of scope.registry.gatewaysSelecting(scope.proxy.labels)) {
    for (const [index, server] of gateway.servers.entries()) {
      const { bind } = server;
      const address = bind || scope.proxy.bindAddress || "0.0.0.0";
      const port = boundPort(server.port.number, scope);
      const bound = { gateway, server, index, kind: serverKind(server) };
      const key = `${address}:${port}`;
      const known = ports.get(key);
      if (known === undefined) ports.set(key, { bind, address, port, servers: [bound] });
      else if (mayShare(known.servers, bound)) known.servers.push(bound);
      else reportConflict(bound, known, scope);
    }
  }
  return [...ports.values()];
}

/** The launcher's map first; else the target port of the gateway's own Service, as Istio looks it up. */
function boundPort(port: number, { proxy, registry }: Scope): number {
  const mapped = proxy.portMap.get(port);
  if (mapped !== undefined) return mapped;
  for (const service of registry.servicesSelecting(proxy.namespace, proxy.labels)) {
    const target = service.ports.find((each) => each.port === port)?.targetPort;
    if (typeof target === "number") return target;
  }
  return port;
}

function serverKind({ port, tls }: GatewayServer): ServerKind {
  switch (port.protocol) {
    case "HTTP":
    case "HTTP2":
    case "GRPC":
    case "GRPC-WEB":
      return "http";
    case "HTTPS":
      return isPassthrough(tls?.mode) ? "tls-passthrough" : "https";
    case "TLS":
      return isPassthrough(tls?.mode) ? "tls-passthrough" : "tls-terminated";
    case "TCP":
    case "MONGO":
      return tls === undefined ? "tcp" : "tls-terminated";
  }
}

function isPassthrough(mode: string | undefined): boolean {
  return mode === undefined || mode === "PASSTHROUGH" || mode === "AUTO_PASSTHROUGH";
}

function mayShare([first]: readonly BoundServer[], { kind }: BoundServer): boolean {
  return first === undefined || (SHARES[first.kind] === SHARES[kind] && kind !== "tcp");
}

function reportConflict(
  { gateway, server, index }: BoundServer,
  { address, port, servers: [first] }: GatewayPort,
  scope: Scope,
): void {
  const { namespace, name } = first?.gateway ?? gateway;
  scope.report(server.origin, {
    code: "Conflict",
    field: `spec.servers[${index}].port`,
    message: `${address}:${port} is already taken by Gateway ${namespace}/${name} with protocol ${first?.server.port.protocol}, which ${server.port.protocol} cannot share`,
    remedy: "choose another port, or one protocol for both",
  });
}
