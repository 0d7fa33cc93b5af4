/**
 * Where TLS contexts take certificates from: SDS of any kind, or the proxy's own identity. The
 * private key lives only in memory and is never printed, logged or dumped.
 */
export interface SecretSource {
  /** `undefined` until it has arrived: a TLS context that needs it refuses connections until then. */
  get(name: string): Secret | undefined;
  /** Called with the name after each change; the answer unsubscribes. */
  onChange(listener: (name: string) => void): () => void;
}

/** One SDS secret; Istio's names are `default` (certificate) and `ROOTCA` (validation). */
export type Secret =
  | {
      readonly kind: "certificate";
      /** Leaf first, then intermediates. */
      readonly certificateChainPem: string;
      readonly privateKeyPem: string;
    }
  | { readonly kind: "validation"; readonly trustedCaPem: string };
