import type { Secret, SecretSource } from "./secret-source.ts";

/** Secrets that a test sets. */
export interface SettableSecrets extends SecretSource {
  set(name: string, secret: Secret): void;
}

/** Starts with Istio's two, `default` and `ROOTCA`. */
export function createSettableSecrets(
  own: { readonly cert: string; readonly key: string },
  trustedCaPem: string,
): SettableSecrets {
  const secrets = new Map<string, Secret>([
    ["default", toSecret(own)],
    ["ROOTCA", { kind: "validation", trustedCaPem }],
  ]);
  const listeners = new Set<(name: string) => void>();
  return {
    get: (name) => secrets.get(name),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(name, secret) {
      secrets.set(name, secret);
      for (const listener of listeners) listener(name);
    },
  };
}

/** A certificate with its key as SDS brings it. */
export function toSecret({ cert, key }: { readonly cert: string; readonly key: string }): Secret {
  return { kind: "certificate", certificateChainPem: cert, privateKeyPem: key };
}
