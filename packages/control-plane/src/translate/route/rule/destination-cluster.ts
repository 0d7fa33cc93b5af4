import type { Origin } from "../../../model/resource.ts";
import type { Service } from "../../../model/service.ts";
import type { Destination } from "../../../model/virtual-service.ts";
import { outboundClusterName } from "../../names.ts";
import type { Scope } from "../../scope.ts";

/** A destination, and the rule that names it. */
export interface NamedDestination {
  readonly destination: Destination;
  readonly origin: Origin;
  /** Of the destination, as the user wrote it: `spec.http[0].route[0].destination`. */
  readonly field: string;
}

/** Where rules find the services they name. */
export interface DestinationContext {
  readonly scope: Scope;
  /** Taken where a destination with several ports names none. */
  readonly port: number;
  /** Restricts which services count as known, as for hosts that no service of this port stands behind. */
  readonly isKnown?: (service: Service) => boolean;
}

/**
 * The cluster of a destination. A destination that does not exist keeps its name, so that requests are
 * answered 503 with flag NC, as with Istio, and is reported.
 */
export function destinationCluster(named: NamedDestination, context: DestinationContext): string {
  const { host, subset } = named.destination;
  const service = findService(host, context);
  const port = destinationPort(named.destination, service, context.port);
  if (context.isKnown === undefined) reportMissing(named, service, port, context.scope);
  return outboundClusterName({ port, subset, host });
}

/** The port that a destination means: its own, the only one of the service, or the request's. */
export function destinationPort(
  destination: Destination,
  service: Service | undefined,
  requestPort: number,
): number {
  const [only, ...others] = service?.ports ?? [];
  if (destination.port !== undefined) return destination.port;
  return only !== undefined && others.length === 0 ? only.port : requestPort;
}

function findService(host: string, { scope, isKnown }: DestinationContext): Service | undefined {
  const service = scope.registry.service(host, scope.proxy.namespace);
  return service === undefined || isKnown === undefined || isKnown(service) ? service : undefined;
}

function reportMissing(
  { destination, origin, field }: NamedDestination,
  service: Service | undefined,
  port: number,
  scope: Scope,
): void {
  const { host, subset } = destination;
  if (service === undefined) {
    scope.report(origin, {
      code: "HostNotFound",
      field: `${field}.host`,
      message: `no service ${host} is visible from namespace ${scope.proxy.namespace}`,
      remedy: "add a Service or ServiceEntry of that name, or correct the host",
    });
    return;
  }
  if (!service.ports.some((each) => each.port === port)) {
    const known = service.ports.map((each) => each.port).join(", ");
    scope.report(origin, {
      code: "PortNotFound",
      field: `${field}.port`,
      message: `service ${host} has no port ${port}`,
      remedy: `name one of its ports: ${known}`,
    });
  }
  if (subset === "") return;
  const rule = scope.registry.destinationRule(scope.proxy, service);
  if (rule?.subsets.some((each) => each.name === subset) === true) return;
  const known = rule?.subsets.map((each) => each.name).join(", ") ?? "";
  scope.report(origin, {
    code: "SubsetNotFound",
    field: `${field}.subset`,
    message: `no DestinationRule for ${host} defines subset ${subset}`,
    remedy: known === "" ? "add a DestinationRule with that subset" : `name one of: ${known}`,
  });
}
