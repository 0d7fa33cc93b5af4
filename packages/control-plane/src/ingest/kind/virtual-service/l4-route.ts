import type { resourceSchema, ValueOf } from "@weft/api";
import type { L4Destination, L4Match, TcpRoute, TlsRoute } from "../../../model/virtual-service.ts";
import type { ResourceContext } from "../../resource-kind.ts";
import type { FieldPath } from "../../yaml/field-path.ts";
import { qualifyGateway } from "../host-name.ts";
import { toLabels } from "../label-map.ts";
import { toDestination } from "./destination.ts";
import { reportWeights } from "./http-route-rules.ts";

type Spec = ValueOf<typeof resourceSchema.virtualService>["spec"];
type WrittenTls = NonNullable<Spec["tls"]>[number];
type WrittenTcp = NonNullable<Spec["tcp"]>[number];

/** One rule of `spec.tls`. */
export function parseTlsRoute(
  written: WrittenTls,
  path: FieldPath,
  context: ResourceContext,
): TlsRoute {
  const { namespace } = context.resource;
  return {
    origin: context.originAt(path),
    match: written.match.map((each) => ({
      ...toL4Match(each, namespace),
      sniHosts: each.sniHosts.map((host) => host.toLowerCase()),
    })),
    route: parseDestinations(written.route, path, context),
  };
}

/** One rule of `spec.tcp`. */
export function parseTcpRoute(
  written: WrittenTcp,
  path: FieldPath,
  context: ResourceContext,
): TcpRoute {
  return {
    origin: context.originAt(path),
    match: (written.match ?? []).map((each) => toL4Match(each, context.resource.namespace)),
    route: parseDestinations(written.route, path, context),
  };
}

function toL4Match(
  written: Omit<WrittenTls["match"][number], "sniHosts">,
  namespace: string,
): L4Match {
  return {
    port: written.port,
    sourceLabels: toLabels(written.sourceLabels),
    sourceNamespace: written.sourceNamespace ?? "",
    gateways: (written.gateways ?? []).map((each) => qualifyGateway(each, namespace)),
  };
}

function parseDestinations(
  written: WrittenTcp["route"],
  path: FieldPath,
  context: ResourceContext,
): readonly L4Destination[] {
  reportWeights(written, [...path, "route"], context);
  return written.map(({ destination, weight = 0 }) => ({
    destination: toDestination(destination, context.resource.namespace),
    weight,
  }));
}
