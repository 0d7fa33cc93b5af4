/** The name that stands for every resource of a type. */
const WILDCARD = "*";

/** A change of a subscription. */
export interface SubscriptionChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** The wildcard was newly asked for. */
  readonly isWildcardAdded: boolean;
}

/**
 * What one client wants of one type.
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#how-the-client-specifies-what-resources-to-return
 */
export class Subscription {
  readonly #isWildcardWhenEmpty: boolean;
  readonly #names = new Set<string>();
  #isWildcard = false;
  /** Before any name was given, no names mean "all"; afterwards they mean "none". */
  #wasNamed = false;

  constructor(options: { readonly isWildcardWhenEmpty: boolean }) {
    this.#isWildcardWhenEmpty = options.isWildcardWhenEmpty;
  }

  get isWildcard(): boolean {
    return this.#isWildcard;
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  wants(name: string): boolean {
    return this.#isWildcard || this.#names.has(name);
  }

  /** State of the world: `names` is the whole subscription. */
  replace(names: readonly string[]): SubscriptionChange {
    const wanted = new Set(names);
    const unsubscribe = [...this.#names].filter((name) => !wanted.has(name));
    if (this.#isWildcard && this.#wasNamed && !wanted.has(WILDCARD)) unsubscribe.push(WILDCARD);
    return this.change(
      names.filter((name) => name === WILDCARD || !this.#names.has(name)),
      unsubscribe,
    );
  }

  /** Incremental: names that join and names that leave. A name subscribed to again counts as added. */
  change(subscribe: readonly string[], unsubscribe: readonly string[]): SubscriptionChange {
    const wasWildcard = this.#isWildcard;
    if (subscribe.length > 0) {
      // Naming anything ends the legacy wildcard, which was never asked for by name.
      if (!this.#wasNamed) this.#isWildcard = false;
      this.#wasNamed = true;
    } else if (!this.#wasNamed && this.#isWildcardWhenEmpty) {
      this.#isWildcard = true;
    }
    for (const name of subscribe) {
      if (name === WILDCARD) this.#isWildcard = true;
      else this.#names.add(name);
    }
    for (const name of unsubscribe) {
      if (name === WILDCARD) this.#isWildcard = false;
      else this.#names.delete(name);
    }
    return {
      added: subscribe.filter((name) => name !== WILDCARD),
      removed: unsubscribe.filter((name) => name !== WILDCARD),
      isWildcardAdded: this.#isWildcard && !wasWildcard,
    };
  }
}
