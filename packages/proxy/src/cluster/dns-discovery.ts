import type { Clock, Log, Timer } from "@weft/core";
import { toError } from "@weft/core";
import type { Discovery } from "./cluster-config.ts";
import type { LoadAssignment } from "./load-assignment.ts";
import type { EndpointConfig } from "./upstream-host.ts";

/** Addresses of a name, in the resolver's order. Rejects when there are none. */
export type ResolveName = (name: string, family: "any" | "v4" | "v6") => Promise<readonly string[]>;

/** What discovery by DNS needs. */
export interface DnsDependencies {
  readonly clock: Clock;
  readonly resolve: ResolveName;
  readonly log: Log;
}

type DnsConfig = Extract<Discovery, { readonly kind: "dns" }>;

/**
 * Resolves a cluster's names again and again; `apply` gets the endpoints with addresses in place of
 * names. A name that fails keeps the addresses it had. `apply` is called after the first round even
 * if nothing resolved, so that the cluster is no longer waited for.
 */
export class DnsDiscovery {
  readonly #config: DnsConfig;
  readonly #dependencies: DnsDependencies;
  readonly #apply: (assignment: LoadAssignment) => void;
  readonly #addresses = new Map<string, readonly string[]>();
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(
    config: DnsConfig,
    dependencies: DnsDependencies,
    apply: (assignment: LoadAssignment) => void,
  ) {
    this.#config = config;
    this.#dependencies = dependencies;
    this.#apply = apply;
  }

  /** One round, then the next after the refresh time, until `close`. Never rejects. */
  async start(): Promise<void> {
    const names = new Set(
      this.#config.assignment.endpoints.flatMap(({ address }) => hostOf(address)),
    );
    await Promise.all([...names].map((name) => this.#resolve(name)));
    if (this.#isClosed) return;
    const { assignment } = this.#config;
    const endpoints = assignment.endpoints.flatMap((endpoint) => this.#expand(endpoint));
    this.#apply({ ...assignment, endpoints });
    this.#timer = this.#dependencies.clock.schedule(
      this.#config.refreshMs,
      () => void this.start(),
      { unref: true },
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #resolve(name: string): Promise<void> {
    const { resolve, log } = this.#dependencies;
    try {
      const found = await resolve(name, this.#config.family);
      this.#addresses.set(name, this.#config.isLogical ? found.slice(0, 1) : found);
    } catch (error) {
      if (this.#addresses.has(name)) return;
      // Said once: an unknown name stays unknown for long.
      this.#addresses.set(name, []);
      log.warn("name did not resolve; its cluster has no hosts", {
        name,
        reason: toError(error).message,
      });
    }
  }

  #expand(endpoint: EndpointConfig): readonly EndpointConfig[] {
    const { address } = endpoint;
    if (address.kind !== "socket") return [endpoint];
    return (this.#addresses.get(address.host) ?? []).map((host) => ({
      ...endpoint,
      hostname: endpoint.hostname || address.host,
      address: { ...address, host },
    }));
  }
}

function hostOf(address: EndpointConfig["address"]): readonly string[] {
  return address.kind === "socket" ? [address.host] : [];
}
