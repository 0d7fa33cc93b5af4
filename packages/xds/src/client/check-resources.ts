import type { TypeUrl } from "@weft/api";
import { ConfigError } from "@weft/core";

/** A resource of a response, as far as the transport looks at it. */
export interface NamedResource {
  readonly name: string;
  /** Of the Any that it came in. */
  readonly typeUrl: string;
}

/**
 * Holds a response against what it says it is: every resource of its type, no name twice. Throws
 * `ConfigError`, which refuses the response as a whole, as Envoy does; what served before serves on.
 */
export function checkResources(wanted: TypeUrl, resources: readonly NamedResource[]): void {
  const names = new Set<string>();
  for (const { name, typeUrl } of resources) {
    if (typeUrl !== wanted) throw new ConfigError(name, `is of type ${typeUrl}, not ${wanted}`);
    if (names.has(name)) throw new ConfigError(name, "is there twice");
    names.add(name);
  }
}
