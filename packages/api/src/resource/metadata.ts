import { map, object, required, string, uncheckedFields } from "../schema/form.ts";

/** `metadata` of every Kubernetes-like resource. */
export const metadata = object({
  name: required(string({ format: "name", minLength: 1, maxLength: 253 })),
  namespace: string({ format: "label", minLength: 1, maxLength: 63 }),
  labels: map(string()),
  annotations: map(string()),
  creationTimestamp: string({ format: "time" }),
  ...uncheckedFields(
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
  ),
});

/** `metadata` of a pod template: it has no name of its own. */
export const templateMetadata = object({
  ...metadata.fields,
  name: string({ format: "name" }),
});

/** What every document has beside its `spec`. */
export const documentFields = {
  apiVersion: required(string({ minLength: 1 })),
  kind: required(string({ minLength: 1 })),
  metadata: required(metadata),
};
