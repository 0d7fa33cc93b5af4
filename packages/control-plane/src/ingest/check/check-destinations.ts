import type { Mesh } from "../../model/mesh.ts";
import type { Service } from "../../model/service.ts";
import type { Destination, VirtualService } from "../../model/virtual-service.ts";
import { coversHost } from "../../registry/host-match.ts";
import { isExportedTo } from "../../registry/visibility.ts";
import { closestWord } from "../yaml/closest-word.ts";
import type { FieldPath } from "../yaml/field-path.ts";
import type { CheckView } from "./check-view.ts";

/** Every destination must be a known host, a port it has, and a subset that a DestinationRule defines. */
export function checkDestinations(view: CheckView): void {
  for (const virtualService of view.mesh.virtualServices) {
    for (const { destination, path } of listDestinations(virtualService)) {
      checkDestination(view, virtualService, destination, path);
    }
  }
}

interface PlacedDestination {
  readonly destination: Destination;
  readonly path: FieldPath;
}

function* listDestinations(virtualService: VirtualService): Generator<PlacedDestination> {
  for (const protocol of ["http", "tls", "tcp"] as const) {
    for (const [index, { route }] of virtualService[protocol].entries()) {
      for (const [routeIndex, { destination }] of route.entries()) {
        const path = ["spec", protocol, index, "route", routeIndex, "destination"];
        yield { destination, path };
      }
    }
  }
}

function checkDestination(
  view: CheckView,
  virtualService: VirtualService,
  destination: Destination,
  path: FieldPath,
): void {
  const { mesh } = view;
  const { host, subset, port } = destination;
  const service = findService(mesh, host, virtualService.namespace);
  if (service === undefined) {
    const visible = mesh.services.filter((each) => isExportedTo(each, virtualService.namespace));
    view.report(virtualService, {
      severity: "warning",
      code: "HostNotFound",
      path: [...path, "host"],
      message: `no Service or ServiceEntry is called ${host}; requests get status 503`,
      remedy: suggestHost(host, visible),
    });
    return;
  }
  if (port !== undefined && !service.ports.some((each) => each.port === port)) {
    view.report(virtualService, {
      code: "PortNotFound",
      path: [...path, "port", "number"],
      message: `${host} has no port ${port}`,
      remedy: `its ports: ${service.ports.map((each) => each.port).join(", ") || "none"}`,
    });
  }
  if (subset !== "") checkSubset(view, virtualService, destination, path);
}

function checkSubset(
  view: CheckView,
  virtualService: VirtualService,
  { host, subset }: Destination,
  path: FieldPath,
): void {
  const rules = view.mesh.destinationRules.filter((each) => coversHost(each.host, host));
  const names = [...new Set(rules.flatMap((each) => each.subsets.map(({ name }) => name)))];
  if (names.includes(subset)) return;
  const near = closestWord(subset, names);
  view.report(virtualService, {
    code: "SubsetNotFound",
    path: [...path, "subset"],
    message: `no DestinationRule defines subset ${JSON.stringify(subset)} of ${host}`,
    remedy:
      names.length === 0
        ? `add a DestinationRule for ${host} with this subset`
        : `${near === undefined ? "" : `did you mean ${near}? `}its subsets: ${names.join(", ")}`,
  });
}

function findService(mesh: Mesh, host: string, namespace: string): Service | undefined {
  return mesh.services.find(
    (each) => coversHost(each.hostname, host) && isExportedTo(each, namespace),
  );
}

function suggestHost(host: string, services: readonly Service[]): string {
  const near = closestWord(
    host,
    services.map(({ hostname }) => hostname),
  );
  return near === undefined
    ? "add the Service, or a ServiceEntry for a host outside the mesh"
    : `did you mean ${near}?`;
}
