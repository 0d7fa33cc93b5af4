import { resourceSchema, type ValueOf } from "@weft/api";
import type { Resolution, Service, ServiceEntryEndpoint } from "../../model/service.ts";
import { defineKind, type ResourceContext } from "../resource-kind.ts";
import { toLabels } from "./label-map.ts";
import { parseProtocol, selectProtocol } from "./protocol.ts";
import { reportServiceEntry } from "./service-entry-rules.ts";

type Spec = ValueOf<typeof resourceSchema.serviceEntry>["spec"];

const RESOLUTIONS: Readonly<Record<NonNullable<Spec["resolution"]>, Resolution>> = {
  NONE: "none",
  STATIC: "static",
  DNS: "dns",
  DNS_ROUND_ROBIN: "dns-round-robin",
};

/** networking.istio.io ServiceEntry: a service for each of its hosts. */
export const serviceEntryKind = defineKind({
  group: "networking.istio.io",
  versions: ["v1", "v1beta1", "v1alpha3"],
  kind: "ServiceEntry",
  schema: resourceSchema.serviceEntry,
  parse({ spec }, context) {
    reportServiceEntry(spec, context);
    const shared = {
      ...context.resource,
      source: "service-entry",
      location: spec.location === "MESH_INTERNAL" ? "mesh-internal" : "mesh-external",
      addresses: spec.addresses ?? [],
      isHeadless: false,
      takesUnready: false,
      resolution: RESOLUTIONS[spec.resolution ?? "NONE"],
      ports: toPorts(spec, context),
      selector: spec.workloadSelector && toLabels(spec.workloadSelector.labels),
      endpoints: toEndpoints(spec),
      subjectAltNames: spec.subjectAltNames ?? [],
      exportTo: spec.exportTo ?? [],
    } as const;
    const services: readonly Service[] = spec.hosts.map((host) => ({
      ...shared,
      hostname: host.toLowerCase(),
    }));
    return { services };
  },
});

function toPorts({ ports = [] }: Spec, { report }: ResourceContext): Service["ports"] {
  return ports.map(({ number, name, protocol, targetPort }, index) => {
    const declared = protocol === undefined ? undefined : parseProtocol(protocol);
    if (protocol !== undefined && protocol !== "" && declared === undefined) {
      report({
        code: "InvalidValue",
        path: ["spec", "ports", index, "protocol"],
        message: `${JSON.stringify(protocol)} is not a known protocol`,
        remedy: "write one of HTTP, HTTP2, GRPC, GRPC-WEB, HTTPS, TLS, TCP, MONGO, MYSQL, REDIS",
      });
    }
    const byName = selectProtocol({
      port: number,
      name,
      appProtocol: undefined,
      transport: undefined,
    });
    return { port: number, name, protocol: declared ?? byName, targetPort: targetPort ?? number };
  });
}

function toEndpoints({ endpoints = [] }: Spec): readonly ServiceEntryEndpoint[] {
  return endpoints.map(({ address, ports, labels, locality, weight, serviceAccount }) => ({
    address,
    ports: Object.fromEntries(ports ?? []),
    labels: toLabels(labels),
    // Istio takes an absent weight, and 0, for 1.
    weight: Math.max(1, weight ?? 1),
    serviceAccount: serviceAccount ?? "",
    locality: locality ?? "",
  }));
}
