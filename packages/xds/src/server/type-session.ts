import type { ResourceType } from "../resource-type.ts";
import type { XdsResource } from "../xds-resource.ts";
import { Subscription, type SubscriptionChange } from "./subscription.ts";
import type { XdsRequest, XdsVariant } from "./xds-message.ts";

/** What a request meant for its type. `stale` answers a response that is not the latest. */
export type RequestVerdict = "ack" | "nack" | "stale" | "subscription";

/** What the client still has to hear. */
export interface PendingChange {
  readonly changed: readonly XdsResource[];
  /** Asked for by name and not there: an incremental client is told so. */
  readonly absent: readonly string[];
  /** Sent before, and gone. */
  readonly removed: readonly string[];
  /** Something is to be sent, removals aside; perhaps just an empty response. */
  readonly hasAdditions: boolean;
}

interface Sent {
  readonly version: string;
  /** Unknown when the client brought the resource along from an earlier stream. */
  readonly resource?: XdsResource;
}

const NOTHING: ReadonlyMap<string, XdsResource> = new Map();

/**
 * One type on one stream: what the client wants, what it was sent, and what it made of it.
 *
 * At most one response is in flight. While it is, changes only alter `desired`; the next response is
 * the difference at the moment it leaves. So there is no queue, and nothing that could overflow.
 */
export class TypeSession {
  readonly type: ResourceType;
  readonly #variant: XdsVariant;
  readonly #subscription: Subscription;
  readonly #sent = new Map<string, Sent>();
  /** Names to send even if unchanged: newly asked for, or needed to warm something. */
  readonly #owed = new Set<string>();
  #mustRespond = false;
  #isSubscribed = false;
  #desired: ReadonlyMap<string, XdsResource> | undefined;
  #pending: PendingChange | undefined;

  #inFlight: { readonly sentAtMs: number } | undefined;
  #sentNonce = "";
  #sentVersion = "";
  #sentAtMs: number | undefined;
  #ackedNonce = "";
  #ackedVersion = "";
  #nackMessage: string | undefined;

  constructor(type: ResourceType, variant: XdsVariant) {
    this.type = type;
    this.#variant = variant;
    this.#subscription = new Subscription({ isWildcardWhenEmpty: type.isFullState });
  }

  /** When the response in flight left; `undefined` when none is. */
  get inFlightSinceMs(): number | undefined {
    return this.#inFlight?.sentAtMs;
  }

  get sentNonce(): string {
    return this.#sentNonce;
  }
  get sentVersion(): string {
    return this.#sentVersion;
  }
  get sentAtMs(): number | undefined {
    return this.#sentAtMs;
  }
  get ackedNonce(): string {
    return this.#ackedNonce;
  }
  get ackedVersion(): string {
    return this.#ackedVersion;
  }
  /** Why the client refused the latest response; `undefined` when it did not. */
  get nackMessage(): string | undefined {
    return this.#nackMessage;
  }

  /** The client has acknowledged all that it should have. */
  get isSynced(): boolean {
    const { hasAdditions, removed } = this.pending();
    return (
      !this.#inFlight && !hasAdditions && removed.length === 0 && this.#nackMessage === undefined
    );
  }

  setDesired(desired: ReadonlyMap<string, XdsResource> = NOTHING): void {
    if (desired === this.#desired) return;
    this.#desired = desired;
    this.#pending = undefined;
  }

  /** Takes one request of this type; what follows from it shows in {@link pending}. */
  receive(request: XdsRequest): RequestVerdict {
    const isStale = request.nonce !== "" && request.nonce !== this.#sentNonce;
    // Incremental subscriptions are edits, so they count even in a stale request.
    if (isStale && request.names.kind === "replace") return "stale";
    this.#pending = undefined;
    const verdict = isStale ? "stale" : this.#acknowledge(request);
    if (request.names.kind === "replace") this.#replaceNames(request, verdict);
    else this.#changeNames(request.names);
    this.#isSubscribed = true;
    return verdict;
  }

  /** Sends `names` again where the client has them, though they are unchanged. */
  owe(names: Iterable<string>): void {
    for (const name of names) {
      if (this.#sent.has(name) && this.#subscription.wants(name)) this.#owed.add(name);
    }
    this.#pending = undefined;
  }

  /** The difference between what the client should have and what it was sent. */
  pending(): PendingChange {
    this.#pending ??= this.#computePending();
    return this.#pending;
  }

  /** Takes what is pending for sent. Removals may be held back: they stay pending. */
  take(options: {
    readonly nonce: string;
    readonly version: string;
    readonly nowMs: number;
    readonly withRemovals: boolean;
  }): { readonly resources: readonly XdsResource[]; readonly removed: readonly string[] } {
    const pending = this.pending();
    const removed = options.withRemovals ? pending.removed : [];
    const resources = this.#isCompleteState
      ? this.#completeState(options.withRemovals ? [] : pending.removed)
      : pending.changed;
    for (const resource of pending.changed) {
      this.#sent.set(resource.name, { version: resource.version, resource });
      this.#owed.delete(resource.name);
    }
    for (const name of [...removed, ...pending.absent]) {
      this.#sent.delete(name);
      this.#owed.delete(name);
    }
    this.#mustRespond = false;
    this.#pending = undefined;
    this.#inFlight = { sentAtMs: options.nowMs };
    this.#sentNonce = options.nonce;
    this.#sentVersion = options.version;
    this.#sentAtMs = options.nowMs;
    const isDelta = this.#variant === "delta";
    return { resources, removed: isDelta ? [...removed, ...pending.absent] : [] };
  }

  get #isCompleteState(): boolean {
    return this.#variant === "sotw" && this.type.isFullState;
  }

  #acknowledge(request: XdsRequest): RequestVerdict {
    if (request.nonce === "" || !this.#inFlight) return "subscription";
    this.#inFlight = undefined;
    this.#nackMessage = request.errorMessage;
    if (request.errorMessage !== undefined) return "nack";
    this.#ackedNonce = this.#sentNonce;
    this.#ackedVersion = this.#sentVersion;
    return "ack";
  }

  #replaceNames(request: XdsRequest, verdict: RequestVerdict): void {
    if (request.names.kind !== "replace") return;
    const change = this.#subscription.replace(request.names.names);
    this.#applyChange(change);
    // The same names again, of the client's own accord: it lost or warms something. Answer in full.
    const isRepeat =
      this.#isSubscribed && verdict === "subscription" && request.errorMessage === undefined;
    if (isRepeat && change.added.length === 0 && change.removed.length === 0) {
      for (const name of this.#sent.keys()) this.#owed.add(name);
      if (this.type.isFullState) this.#mustRespond = true;
    }
  }

  #changeNames(names: Extract<XdsRequest["names"], { kind: "change" }>): void {
    const change = this.#subscription.change(names.subscribe, names.unsubscribe);
    this.#applyChange(change);
    for (const [name, version] of Object.entries(names.initialVersions)) {
      if (!this.#subscription.wants(name)) continue;
      this.#sent.set(name, { version });
      this.#owed.delete(name);
    }
  }

  #applyChange(change: SubscriptionChange): void {
    for (const name of change.added) this.#owed.add(name);
    for (const name of change.removed) {
      this.#owed.delete(name);
      // Under a wildcard an unsubscribed name is still wanted, and its removal asks for a repetition.
      if (this.#subscription.wants(name)) this.#owed.add(name);
      else this.#sent.delete(name);
    }
    if (!this.#subscription.isWildcard) {
      for (const name of this.#sent.keys()) {
        if (!this.#subscription.wants(name)) this.#sent.delete(name);
      }
    }
    // A client initialises with the first response, so an empty one has to be sent as well.
    if (change.isWildcardAdded) this.#mustRespond = true;
  }

  #computePending(): PendingChange {
    const desired = this.#desired;
    if (!this.#isSubscribed || desired === undefined) {
      return { changed: [], absent: [], removed: [], hasAdditions: false };
    }
    const changed: XdsResource[] = [];
    for (const resource of this.#wanted(desired)) {
      const isUnchanged = this.#sent.get(resource.name)?.version === resource.version;
      if (!isUnchanged || this.#owed.has(resource.name)) changed.push(resource);
    }
    const isDelta = this.#variant === "delta";
    const absent = isDelta ? [...this.#owed].filter((name) => !desired.has(name)) : [];
    const removed = [...this.#sent.keys()].filter(
      (name) => !desired.has(name) && !this.#owed.has(name),
    );
    const isRemovable = isDelta || this.type.isFullState;
    const hasAdditions = this.#mustRespond || changed.length > 0 || absent.length > 0;
    return { changed, absent, removed: isRemovable ? removed : [], hasAdditions };
  }

  *#wanted(desired: ReadonlyMap<string, XdsResource>): Iterable<XdsResource> {
    if (this.#subscription.isWildcard) {
      yield* desired.values();
      return;
    }
    for (const name of this.#subscription.names) {
      const resource = desired.get(name);
      if (resource !== undefined) yield resource;
    }
  }

  /** All that is wanted, and of what is gone those whose removal has to wait. */
  #completeState(held: readonly string[]): readonly XdsResource[] {
    const resources = [...this.#wanted(this.#desired ?? NOTHING)];
    for (const name of held) {
      const resource = this.#sent.get(name)?.resource;
      if (resource !== undefined) resources.push(resource);
    }
    return resources;
  }
}
