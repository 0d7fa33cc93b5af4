/** The ports that a sidecar owns, by Istio's names and numbers. */
export const SIDECAR_PORT = {
  admin: 15000,
  outbound: 15001,
  health: 15021,
  prometheus: 15090,
} as const;

/** Where one proxy lives. All of it is this proxy's own: nobody else is told to bind there. */
export interface ProxyAddress {
  readonly address: string;
  readonly adminPort: number;
  /** The explicit HTTP proxy that its application is told of. */
  readonly outboundPort: number;
  readonly healthPort: number;
  readonly prometheusPort: number;
  /** Container port → port that the sidecar binds for it, which is the endpoint others use. */
  readonly bindPorts: ReadonlyMap<number, number>;
}

/** Where the control plane lives. */
export interface ControlPlaneAddress {
  readonly address: string;
  readonly xdsPort: number;
  readonly httpPort: number;
}

/** Gives every process of a mesh its own address, or its own ports where there is one address only. */
export interface AddressPlan {
  /** `127.77.0.0/16`, for people. */
  readonly block: string;
  readonly controlPlane: ControlPlaneAddress;
  /** A place for one more proxy that accepts for `containerPorts`. */
  allocate(containerPorts: readonly number[]): Promise<ProxyAddress>;
  /** Gives a place back once its proxy is gone. */
  release(place: ProxyAddress): void;
}

/**
 * Where ports below 1024 need a privilege that we lack, they move up by 8000: 80 is 8080, 443 is 8443.
 */
export function unprivilegedPort(port: number): number {
  return port < 1024 ? port + 8000 : port;
}
