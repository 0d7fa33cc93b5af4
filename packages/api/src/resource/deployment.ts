import {
  integer,
  map,
  object,
  required,
  string,
  unchecked,
  uncheckedFields,
} from "../schema/form.ts";
import { documentFields, templateMetadata } from "./metadata.ts";
import { podSpec } from "./pod.ts";

/** Kubernetes apps/v1 Deployment. */
export const deployment = object({
  ...documentFields,
  spec: required(
    object({
      replicas: integer({ max: 1000 }),
      selector: required(object({ matchLabels: map(string()), matchExpressions: unchecked() })),
      template: required(object({ metadata: templateMetadata, spec: required(podSpec) })),
      ...uncheckedFields(
        "minReadySeconds",
        "paused",
        "progressDeadlineSeconds",
        "revisionHistoryLimit",
        "strategy",
      ),
    }),
  ),
  status: unchecked(),
});
