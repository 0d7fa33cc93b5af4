import { resourceSchema } from "@weft/api";
import type { Service } from "../../model/service.ts";
import { defineKind, type ResourceContext } from "../resource-kind.ts";
import { CLUSTER_DOMAIN, exportToOfAnnotation } from "./host-name.ts";
import { selectProtocol } from "./protocol.ts";

/** Kubernetes core/v1 Service. */
export const serviceKind = defineKind({
  group: "",
  versions: ["v1"],
  kind: "Service",
  schema: resourceSchema.service,
  parse({ metadata, spec }, context) {
    const { resource } = context;
    const ports = spec.ports ?? [];
    reportRepeated(ports, context);
    const clusterIps = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
    const service: Service = {
      ...resource,
      hostname: `${resource.name}.${resource.namespace}.svc.${CLUSTER_DOMAIN}`,
      source: "kubernetes",
      location: "mesh-internal",
      addresses: clusterIps.filter((each) => each !== "None" && each !== ""),
      isHeadless: spec.clusterIP === "None" || clusterIps.includes("None"),
      takesUnready: spec.publishNotReadyAddresses ?? false,
      resolution: "eds",
      ports: ports.map((port) => ({
        port: port.port,
        name: port.name ?? "",
        protocol: selectProtocol({
          port: port.port,
          name: port.name,
          appProtocol: port.appProtocol,
          transport: port.protocol,
        }),
        targetPort: port.targetPort ?? port.port,
      })),
      selector: spec.selector === undefined ? undefined : Object.fromEntries(spec.selector),
      endpoints: [],
      subjectAltNames: [],
      exportTo: exportToOfAnnotation(metadata.annotations?.get("networking.istio.io/exportTo")),
    };
    return { services: [service] };
  },
});

/** The same port number may be there once for TCP and once for UDP. */
function reportRepeated(
  ports: readonly {
    readonly port: number;
    readonly name: string | undefined;
    readonly protocol: string | undefined;
  }[],
  { report }: ResourceContext,
): void {
  const seen = new Set<string>();
  for (const [index, { port, name, protocol = "TCP" }] of ports.entries()) {
    const path = ["spec", "ports", index];
    if (ports.length > 1 && (name ?? "") === "") {
      report({
        code: "MissingField",
        path: [...path, "name"],
        message: "with several ports each needs a name",
        remedy: "add one like http or tcp-metrics",
      });
    }
    for (const [field, key] of [
      ["port", `${port}/${protocol}`],
      ["name", name ?? ""],
    ] as const) {
      if (key === "") continue;
      if (seen.has(`${field} ${key}`)) {
        report({
          code: "DuplicateName",
          path: [...path, field],
          message: `${key} is there twice`,
          remedy: "remove one of them",
        });
      }
      seen.add(`${field} ${key}`);
    }
  }
}
