import { resourceSchema } from "@weft/api";
import type { Deployment } from "../../model/deployment.ts";
import { matchLabels } from "../../model/resource.ts";
import { defineKind } from "../resource-kind.ts";
import { toContainers, toServiceAccount } from "./container.ts";
import { toLabels } from "./label-map.ts";

/** Of the template, as label (Istio's present way) or annotation (its former one). */
const INJECT = "sidecar.istio.io/inject";

/** Kubernetes apps/v1 Deployment. */
export const deploymentKind = defineKind({
  group: "apps",
  versions: ["v1"],
  kind: "Deployment",
  schema: resourceSchema.deployment,
  parse({ spec }, { resource, report }) {
    const { metadata, spec: podSpec } = spec.template;
    const templateLabels = toLabels(metadata?.labels);
    const templateAnnotations = toLabels(metadata?.annotations);
    if (!matchLabels(toLabels(spec.selector.matchLabels), templateLabels)) {
      report({
        code: "InvalidValue",
        path: ["spec", "selector", "matchLabels"],
        message: "does not match the template's own labels",
        remedy: "give spec.template.metadata.labels the same labels",
      });
    }
    const deployment: Deployment = {
      ...resource,
      replicas: spec.replicas ?? 1,
      templateLabels,
      templateAnnotations,
      serviceAccount: toServiceAccount(podSpec),
      containers: toContainers(podSpec),
      hasSidecar: (templateLabels[INJECT] ?? templateAnnotations[INJECT]) !== "false",
    };
    return { deployments: [deployment] };
  },
});
