import { resourceSchema } from "@weft/api";
import { defineKind } from "../resource-kind.ts";

/** Checked only: a namespace is there as soon as something is in it. */
export const namespaceKind = defineKind({
  group: "",
  versions: ["v1"],
  kind: "Namespace",
  schema: resourceSchema.namespace,
  parse: () => ({}),
});
