import type { Labels } from "./resource.ts";

/** The proxy that configuration is made for, as its xDS node tells. */
export interface ProxyNode {
  /** `sidecar~192.0.2.10~reviews-v1-0.default~default.svc.cluster.local`. */
  readonly id: string;
  readonly kind: "sidecar" | "router";
  /** The pod's own address. */
  readonly address: string;
  readonly podName: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly labels: Labels;
  readonly dnsDomain: string;
  /** REDIRECT: traffic is captured (Istio's usual shape). NONE: explicit HTTP proxy and bound ports. */
  readonly interceptionMode: "REDIRECT" | "NONE";
  /** NONE: port of the explicit HTTP proxy listener; 0: none. */
  readonly httpProxyPort: number;
  /** Empty: another proxy than Weft's, which does not know the `istio.*` filters. */
  readonly weftVersion: string;
  /** Gateways on one machine; empty: 0.0.0.0. */
  readonly bindAddress: string;
  /** Gateway server port → port really bound. */
  readonly portMap: ReadonlyMap<number, number>;
}
