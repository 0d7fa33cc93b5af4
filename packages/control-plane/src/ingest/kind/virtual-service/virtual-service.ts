import { resourceSchema, type ValueOf } from "@weft/api";
import type { VirtualService } from "../../../model/virtual-service.ts";
import { coversHost } from "../../../registry/host-match.ts";
import { defineKind, type ResourceContext } from "../../resource-kind.ts";
import { qualifyGateway, qualifyHost } from "../host-name.ts";
import { parseHttpRoute } from "./http-route.ts";
import { parseTcpRoute, parseTlsRoute } from "./l4-route.ts";

type Spec = ValueOf<typeof resourceSchema.virtualService>["spec"];

/** networking.istio.io VirtualService. */
export const virtualServiceKind = defineKind({
  group: "networking.istio.io",
  versions: ["v1", "v1beta1", "v1alpha3"],
  kind: "VirtualService",
  schema: resourceSchema.virtualService,
  parse({ spec }, context) {
    const { resource } = context;
    reportHosts(spec, context);
    reportEmpty(spec, context);
    reportSniHosts(spec, context);
    const { gateways = [], http = [], tls = [], tcp = [] } = spec;
    const virtualService: VirtualService = {
      ...resource,
      hosts: spec.hosts.map((host) => qualifyHost(host, resource.namespace)),
      gateways:
        gateways.length === 0
          ? ["mesh"]
          : gateways.map((each) => qualifyGateway(each, resource.namespace)),
      http: http.map((each, index) => parseHttpRoute(each, ["spec", "http", index], context)),
      tls: tls.map((each, index) => parseTlsRoute(each, ["spec", "tls", index], context)),
      tcp: tcp.map((each, index) => parseTcpRoute(each, ["spec", "tcp", index], context)),
      exportTo: spec.exportTo ?? [],
    };
    return { virtualServices: [virtualService] };
  },
});

function reportHosts({ hosts, gateways = [] }: Spec, { resource, report }: ResourceContext): void {
  const isForMesh = gateways.length === 0 || gateways.includes("mesh");
  const seen = new Set<string>();
  for (const [index, host] of hosts.entries()) {
    const path = ["spec", "hosts", index];
    const qualified = qualifyHost(host, resource.namespace);
    if (seen.has(qualified)) {
      report({
        code: "DuplicateName",
        path,
        message: `${JSON.stringify(host)} is there twice`,
        remedy: "remove one of them",
      });
    }
    seen.add(qualified);
    if (host === "*" && isForMesh) {
      report({
        code: "InvalidValue",
        path,
        message: 'host "*" can only be served by a gateway, not by sidecars',
        remedy: "name the hosts, or bind it to a Gateway with spec.gateways",
      });
    }
  }
}

function reportEmpty({ http = [], tls = [], tcp = [] }: Spec, { report }: ResourceContext): void {
  if (http.length + tls.length + tcp.length > 0) return;
  report({
    code: "MissingField",
    path: ["spec", "http"],
    message: "a VirtualService needs rules",
    remedy: "add http, tls or tcp",
  });
}

function reportSniHosts({ hosts, tls = [] }: Spec, { resource, report }: ResourceContext): void {
  const qualified = hosts.map((host) => qualifyHost(host, resource.namespace));
  for (const [index, { match }] of tls.entries()) {
    for (const [matchIndex, { sniHosts }] of match.entries()) {
      for (const [hostIndex, sniHost] of sniHosts.entries()) {
        const own = qualifyHost(sniHost, resource.namespace);
        const isCovered = [...qualified, ...hosts].some(
          (host) => coversHost(host, sniHost.toLowerCase()) || coversHost(host, own),
        );
        if (isCovered) continue;
        report({
          code: "InvalidValue",
          path: ["spec", "tls", index, "match", matchIndex, "sniHosts", hostIndex],
          message: `${JSON.stringify(sniHost)} is none of spec.hosts`,
          remedy: "add it to spec.hosts",
        });
      }
    }
  }
}
