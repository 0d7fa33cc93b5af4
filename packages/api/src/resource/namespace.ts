import { object, uncheckedFields } from "../schema/form.ts";
import { documentFields } from "./metadata.ts";

/** Kubernetes core/v1 Namespace. */
export const namespace = object({ ...documentFields, ...uncheckedFields("spec", "status") });
