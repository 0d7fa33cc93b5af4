import type { Labels } from "../../model/resource.ts";
import { matchLabels } from "../../model/resource.ts";
import type { CheckView } from "./check-view.ts";

/** The gateway that Weft itself runs, as Istio's installation labels it. */
const INGRESS_GATEWAY: Labels = { app: "istio-ingressgateway", istio: "ingressgateway" };

/** A VirtualService's gateways must exist. */
export function checkGatewayNames({ mesh, report }: CheckView): void {
  const known = new Set(mesh.gateways.map(({ namespace, name }) => `${namespace}/${name}`));
  for (const virtualService of mesh.virtualServices) {
    for (const [index, gateway] of virtualService.gateways.entries()) {
      if (gateway === "mesh" || known.has(gateway)) continue;
      report(virtualService, {
        code: "GatewayNotFound",
        path: ["spec", "gateways", index],
        message: `there is no Gateway ${gateway}`,
        remedy:
          known.size === 0
            ? "add a Gateway with this name"
            : `write one of ${[...known].join(", ")}, or mesh`,
      });
    }
  }
}

/** A Gateway's selector should hold for a workload, or for one that will run. */
export function checkGatewaySelectors({ mesh, deployments, report }: CheckView): void {
  const labelSets = [
    INGRESS_GATEWAY,
    ...mesh.workloads.map(({ labels }) => labels),
    ...deployments.map(({ templateLabels }) => templateLabels),
  ];
  for (const gateway of mesh.gateways) {
    if (labelSets.some((labels) => matchLabels(gateway.selector, labels))) continue;
    report(gateway, {
      severity: "warning",
      code: "SelectorMatchesNothing",
      path: ["spec", "selector"],
      message: "no gateway has these labels",
      remedy: "write selector: { istio: ingressgateway }",
    });
  }
}
