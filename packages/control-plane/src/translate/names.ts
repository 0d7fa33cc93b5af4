/**
 * The names that Istio gives to listeners, routes, clusters and SNI values. Tools of the field parse
 * them, so they are kept verbatim (Istio `pilot/pkg/model`).
 */

/** Clusters that every proxy has, besides those of services. */
export const CLUSTER = {
  blackHole: "BlackHoleCluster",
  passthrough: "PassthroughCluster",
  inboundPassthrough: "InboundPassthroughCluster",
} as const;

/** The route configuration of the explicit HTTP proxy listener. */
export const HTTP_PROXY_ROUTE = "http_proxy";

/** One service's port (or one subset of it) as others reach it. */
export interface OutboundTarget {
  readonly port: number;
  /** The whole service when empty. */
  readonly subset: string;
  readonly host: string;
}

/** `outbound|9080|v1|reviews.default.svc.cluster.local`. */
export function outboundClusterName(target: OutboundTarget): string {
  return `outbound|${target.port}|${target.subset}|${target.host}`;
}

/** `outbound_.9080_.v1_.reviews.default.svc.cluster.local`: the SNI between sidecars. */
export function outboundSni(target: OutboundTarget): string {
  return `outbound_.${target.port}_.${target.subset}_.${target.host}`;
}

/** `inbound|9080||`, where the port is the workload's own. */
export function inboundClusterName(port: number): string {
  return `inbound|${port}||`;
}

/** The cluster that leads a CONNECT request into the internal listener of its destination. */
export function connectClusterName(port: number, host: string): string {
  return `connect|${port}||${host}`;
}

/** The internal listener behind {@link connectClusterName}: one for all HTTP services of a port. */
export function internalHttpListenerName(port: number): string {
  return `outbound_${port}`;
}

/** The internal listener behind {@link connectClusterName}: one for each TCP service. */
export function internalTcpListenerName(port: number, host: string): string {
  return `outbound_${port}_${host}`;
}

/** `0.0.0.0_9080`. */
export function listenerName(address: string, port: number): string {
  return `${address}_${port}`;
}

/** `reviews.default.svc.cluster.local:9080`: routes of a port whose bytes tell what it speaks. */
export function sniffedRouteName(host: string, port: number): string {
  return `${host}:${port}`;
}
