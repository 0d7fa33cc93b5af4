import type { Service } from "../../../model/service.ts";
import type { Destination } from "../../../model/virtual-service.ts";
import { outboundClusterName } from "../../names.ts";
import type { Scope } from "../../scope.ts";

/** Where rules find the services they name. */
export interface DestinationContext {
  readonly scope: Scope;
  /** Taken where a destination with several ports names none. */
  readonly port: number;
  /** Requests come over TLS that the proxy ends. */
  readonly isTls?: boolean;
  /** Restricts which services count as known, as for hosts that no service of this port stands behind. */
  readonly isKnown?: (service: Service) => boolean;
}

/**
 * The cluster of a destination. A destination that does not exist keeps its name, so that requests are
 * answered 503 with flag NC, as with Istio; ingest tells the user.
 */
export function destinationCluster(destination: Destination, context: DestinationContext): string {
  const { host, subset } = destination;
  return outboundClusterName({ port: destinationPort(destination, context), subset, host });
}

/** Its own port, the only one of the service, or the request's. */
export function destinationPort(
  { host, port }: Destination,
  { scope, port: requestPort, isKnown = () => true }: DestinationContext,
): number {
  if (port !== undefined) return port;
  const service = scope.registry.service(host, scope.proxy.namespace);
  if (service === undefined || !isKnown(service)) return requestPort;
  const [only, ...others] = service.ports;
  return only !== undefined && others.length === 0 ? only.port : requestPort;
}
