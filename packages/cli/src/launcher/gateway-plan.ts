import { unprivilegedPort } from "../address/address-plan.ts";
import type { GatewayManifest, Manifest } from "../manifest/manifest.ts";

/** The labels of Istio's own ingress gateway, which most Gateways select. */
export const INGRESS_LABELS = {
  app: "istio-ingressgateway",
  istio: "ingressgateway",
} as const;

/** Where the gateway opens its ports: reachable from this machine only. */
export const GATEWAY_ADDRESS = "127.0.0.1";

/** One door of the ingress gateway. */
export interface GatewayDoor {
  /** As the Gateway says. */
  readonly serverPort: number;
  /** As opened on this machine. */
  readonly port: number;
  /** What to open in a browser. */
  readonly url: string;
  /** True when a VirtualService names exactly this page: it should answer. */
  readonly isPage: boolean;
  /** `gateway.yaml:2:1`. */
  readonly place: string;
}

/** The doors that the Gateways for the default ingress ask for; none: no gateway is needed. */
export function planGateway(
  manifests: readonly Manifest[],
  ports: ReadonlyMap<number, number>,
): readonly GatewayDoor[] {
  const doors = new Map<number, GatewayDoor>();
  for (const gateway of manifests) {
    if (gateway.kind !== "Gateway" || !selectsIngress(gateway)) continue;
    for (const { port: serverPort, protocol } of gateway.servers) {
      if (doors.has(serverPort)) continue;
      const port = ports.get(serverPort) ?? unprivilegedPort(serverPort);
      const page = firstPage(gateway, manifests);
      const url = `${scheme(protocol)}://${GATEWAY_ADDRESS}:${port}${page ?? "/"}`;
      const isPage = page !== undefined && url.startsWith("http://");
      doors.set(serverPort, { serverPort, port, url, isPage, place: gateway.place });
    }
  }
  return [...doors.values()];
}

function selectsIngress({ selector }: GatewayManifest): boolean {
  const labels: Readonly<Record<string, string>> = INGRESS_LABELS;
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

function scheme(protocol: string): string {
  if (/^https$/i.test(protocol)) return "https";
  return /^(http|http2|grpc|grpc-web)$/i.test(protocol) ? "http" : "tcp";
}

/** The first page that a VirtualService bound to this gateway matches exactly. */
function firstPage(gateway: GatewayManifest, manifests: readonly Manifest[]): string | undefined {
  for (const service of manifests) {
    if (service.kind !== "VirtualService") continue;
    const isBound = service.gateways.some((name) => {
      const full = name.includes("/") ? name : `${service.namespace}/${name}`;
      return full === `${gateway.namespace}/${gateway.name}`;
    });
    const path = isBound ? service.exactPaths.find((one) => one !== "/") : undefined;
    if (path !== undefined) return path;
  }
  return undefined;
}
