import type { TypeUrl } from "@weft/api";

/** One resource of the control plane as the proxy last took it. */
export interface AcceptedResource {
  readonly version: string;
  /** `Any.value`. */
  readonly bytes: Uint8Array;
  /** Wall clock. */
  readonly updatedAtMs: number;
}

/** An update that was refused; what was accepted before it goes on serving. */
export interface RefusedResource {
  readonly version: string;
  readonly message: string;
  readonly refusedAtMs: number;
}

/** What one type of resource looks like now. */
export interface ResourceTypeState {
  readonly accepted: ReadonlyMap<string, AcceptedResource>;
  readonly refused: ReadonlyMap<string, RefusedResource>;
  /** Version of the last response; empty before the first. */
  readonly version: string;
}

/** Remembers what came from the control plane and what became of it, for `/config_dump`. */
export class AcceptedResources {
  readonly #types = new Map<TypeUrl, MutableState>();

  state(typeUrl: TypeUrl): ResourceTypeState {
    return this.#stateOf(typeUrl);
  }

  beginUpdate(typeUrl: TypeUrl, version: string): void {
    this.#stateOf(typeUrl).version = version;
  }

  accept(typeUrl: TypeUrl, name: string, resource: AcceptedResource): void {
    const { accepted, refused } = this.#stateOf(typeUrl);
    accepted.set(name, resource);
    refused.delete(name);
  }

  refuse(typeUrl: TypeUrl, name: string, resource: RefusedResource): void {
    this.#stateOf(typeUrl).refused.set(name, resource);
  }

  remove(typeUrl: TypeUrl, name: string): void {
    const { accepted, refused } = this.#stateOf(typeUrl);
    accepted.delete(name);
    refused.delete(name);
  }

  #stateOf(typeUrl: TypeUrl): MutableState {
    let state = this.#types.get(typeUrl);
    if (state === undefined) {
      state = { accepted: new Map(), refused: new Map(), version: "" };
      this.#types.set(typeUrl, state);
    }
    return state;
  }
}

interface MutableState {
  readonly accepted: Map<string, AcceptedResource>;
  readonly refused: Map<string, RefusedResource>;
  version: string;
}
