/** Istio's StringMatch. https://istio.io/latest/docs/reference/config/networking/virtual-service/#StringMatch */
export type StringMatch =
  | { readonly kind: "exact"; readonly value: string }
  | { readonly kind: "prefix"; readonly value: string }
  /** RE2, whole string. */
  | { readonly kind: "regex"; readonly value: string };
