import type { TypeUrl } from "@weft/api";

/** Names wanted of a type; `"*"` is all that the server has. */
export type WantedNames = ReadonlySet<string> | "*";

/**
 * One type that the client subscribed to. What was accepted outlives a stream; what was asked for
 * and the nonce belong to one stream and end with it.
 */
export class SubscribedType {
  readonly typeUrl: TypeUrl;
  /** Name → version of each resource that the receiver uses. */
  readonly accepted = new Map<string, string>();
  /** Version of the last response that was not refused. */
  acceptedVersion = "";
  /** Asked for on this stream; `undefined` before the first request of the type. */
  requested: WantedNames | undefined;
  /** Of the latest response on this stream. */
  nonce = "";
  #wanted: WantedNames = new Set();

  constructor(typeUrl: TypeUrl) {
    this.typeUrl = typeUrl;
  }

  get wanted(): WantedNames {
    return this.#wanted;
  }

  /** Changes what is wanted; names that are not wanted any more are forgotten. */
  want(names: readonly string[] | "*"): void {
    this.#wanted = names === "*" ? "*" : new Set(names);
    for (const name of this.accepted.keys()) {
      if (!this.wants(name)) this.accepted.delete(name);
    }
  }

  wants(name: string): boolean {
    return this.#wanted === "*" || this.#wanted.has(name);
  }

  /** A new stream knows nothing of what the last one asked for. */
  beginStream(): void {
    this.requested = undefined;
    this.nonce = "";
  }
}
