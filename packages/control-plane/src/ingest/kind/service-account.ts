import { resourceSchema } from "@weft/api";
import { defineKind } from "../resource-kind.ts";

/** Checked only: who a workload is comes from its pod. */
export const serviceAccountKind = defineKind({
  group: "",
  versions: ["v1"],
  kind: "ServiceAccount",
  schema: resourceSchema.serviceAccount,
  parse: () => ({}),
});
