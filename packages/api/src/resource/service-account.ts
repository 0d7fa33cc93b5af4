import { object, uncheckedFields } from "../schema/form.ts";
import { documentFields } from "./metadata.ts";

/** Kubernetes core/v1 ServiceAccount: a workload's identity has its name. */
export const serviceAccount = object({
  ...documentFields,
  ...uncheckedFields("automountServiceAccountToken", "imagePullSecrets", "secrets"),
});
