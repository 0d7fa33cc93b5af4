import type { Listener as ListenerMessage } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import {
  backoffMs,
  type Clock,
  ConfigError,
  type Log,
  type Random,
  type Timer,
  toError,
} from "@weft/core";
import type { ProxyListener } from "../listener/create-listener.ts";
import { parseAddress } from "../upstream/upstream-address.ts";
import { ListenerPort } from "./listener-port.ts";
import { routeReferencesOf } from "./route-references.ts";

/** What the manager needs. */
export interface ListenersDependencies {
  /** Compiles a listener without binding anything; throws `ConfigError`. */
  readonly compile: (message: ListenerMessage) => ProxyListener;
  /** A route configuration is there, or is known not to exist. */
  readonly isRouteKnown: (name: string) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long connections of a replaced or removed listener may go on. */
  readonly drainTimeMs: number;
  /** The listeners or what they wait for may have changed. */
  readonly onChange: () => void;
}

interface Entry {
  readonly message: ListenerMessage;
  readonly compiled: ProxyListener;
  readonly routeNames: readonly string[];
  readonly isStatic: boolean;
  /** `undefined`: internal, or bind_to_port is false. */
  readonly place: { readonly host: string; readonly port: number } | undefined;
  /** Bound ahead of activation when the place is new, so that a taken port is refused at once. */
  port: ListenerPort | undefined;
  timer: Timer | undefined;
}

/** How long a new listener waits for its routes. Envoy's initial_fetch_timeout. */
const WARMING_TIMEOUT_MS = 15_000;
const BIND_BACKOFF = { baseMs: 500, maxMs: 5000 };

/**
 * All listeners by name. A new or changed one warms (waits for its routes) while the one before it
 * serves; then it takes over the bound port, and the old one's connections drain.
 */
export class Listeners {
  readonly #dependencies: ListenersDependencies;
  readonly #active = new Map<string, Entry>();
  readonly #warming = new Map<string, Entry>();
  readonly #rebinds = new Map<
    string,
    { readonly timer: Timer; readonly message: ListenerMessage }
  >();
  readonly #closing = new Set<Promise<void>>();
  #isDraining = false;

  constructor(dependencies: ListenersDependencies) {
    this.#dependencies = dependencies;
  }

  get warmingCount(): number {
    return this.#warming.size;
  }

  /** Serving listeners with the port they really have. */
  active(): readonly {
    readonly message: ListenerMessage;
    readonly isStatic: boolean;
    readonly port: number;
  }[] {
    return [...this.#active.values()].map(({ message, isStatic, place, port }) => ({
      message,
      isStatic,
      port: port?.port ?? place?.port ?? 0,
    }));
  }

  warming(): readonly ListenerMessage[] {
    return [...this.#warming.values()].map(({ message }) => message);
  }

  /** Route configurations that are referred to. */
  routeNames(): readonly string[] {
    const entries = [...this.#active.values(), ...this.#warming.values()];
    return [...new Set(entries.flatMap(({ routeNames }) => routeNames))];
  }

  /**
   * Adds or changes a listener. Throws, and then has changed nothing: `ConfigError` for what cannot
   * be understood, `MeshError` for a port that cannot be bound (which is tried again by itself).
   */
  applyListener(message: ListenerMessage, options?: { readonly isStatic: boolean }): void {
    const { name } = message;
    if (name === "") throw new ConfigError("name", "is required");
    const isStatic = options?.isStatic ?? false;
    if (!isStatic && this.#active.get(name)?.isStatic === true) return;
    this.#cancelRebind(name);
    const place = placeOf(message);
    const compiled = this.#dependencies.compile(message);
    const entry: Entry = {
      message,
      compiled,
      routeNames: routeReferencesOf(message),
      isStatic,
      place,
      port: undefined,
      timer: undefined,
    };
    this.#bindIfNew(entry);
    this.#discardWarming(name);
    this.#warming.set(name, entry);
    entry.timer = this.#dependencies.clock.schedule(
      WARMING_TIMEOUT_MS,
      () => this.#activate(entry),
      { unref: true },
    );
    this.#activateIfReady(entry);
    this.#dependencies.onChange();
  }

  removeListener(name: string): void {
    this.#cancelRebind(name);
    if (this.#active.get(name)?.isStatic === true) return;
    this.#discardWarming(name);
    const entry = this.#active.get(name);
    if (entry === undefined) return;
    this.#active.delete(name);
    entry.port?.close();
    this.#drain(entry);
    this.#dependencies.onChange();
  }

  /** Routes came or went: warming listeners may be ready now. */
  onDependencyChange(): void {
    for (const entry of [...this.#warming.values()]) this.#activateIfReady(entry);
  }

  /** Stops accepting everywhere; connections that exist go on. */
  stopAccepting(): void {
    this.#isDraining = true;
    for (const entry of [...this.#active.values(), ...this.#warming.values()]) entry.port?.close();
  }

  /** Lets what is in flight finish, at most until the deadline. Idempotent. */
  async close(options: { readonly deadlineMs: number }): Promise<void> {
    this.stopAccepting();
    for (const name of [...this.#rebinds.keys()]) this.#cancelRebind(name);
    for (const name of [...this.#warming.keys()]) this.#discardWarming(name);
    for (const entry of this.#active.values()) this.#track(entry.compiled.close(options));
    this.#active.clear();
    await Promise.all(this.#closing);
  }

  /** A place that nobody of us has yet is bound now; else it is taken over at activation. */
  #bindIfNew(entry: Entry): void {
    const { place, message } = entry;
    if (place === undefined || this.#isDraining) return;
    const known = this.#active.get(message.name);
    if (known?.port !== undefined && isSamePlace(known.place, place)) return;
    const holder = [...this.#active.values()].find((other) => isSamePlace(other.place, place));
    if (holder !== undefined && place.port !== 0)
      throw new ConfigError(
        "address",
        `${place.host}:${place.port} is already used by listener ${holder.message.name}`,
      );
    try {
      entry.port = new ListenerPort(place, (error) => this.#onPortLost(entry, error));
    } catch (thrown) {
      this.#scheduleRebind(message, entry.isStatic);
      throw thrown;
    }
  }

  #activateIfReady(entry: Entry): void {
    if (entry.routeNames.every((name) => this.#dependencies.isRouteKnown(name)))
      this.#activate(entry);
  }

  #activate(entry: Entry): void {
    const { name } = entry.message;
    if (this.#warming.get(name) !== entry) return;
    entry.timer?.cancel();
    this.#warming.delete(name);
    const previous = this.#active.get(name);
    this.#active.set(name, entry);
    if (entry.port === undefined && entry.place !== undefined && previous !== undefined) {
      entry.port = previous.port;
      previous.port = undefined;
    }
    entry.port?.serve(entry.compiled);
    entry.compiled.open();
    if (previous !== undefined) {
      previous.port?.close();
      // Connections whose filter chain did not change need not know that anything happened.
      entry.compiled.adoptFrom(previous.compiled);
      this.#drain(previous);
    }
    this.#dependencies.onChange();
  }

  #discardWarming(name: string): void {
    const entry = this.#warming.get(name);
    if (entry === undefined) return;
    this.#warming.delete(name);
    entry.timer?.cancel();
    entry.port?.close();
    this.#drain(entry);
  }

  #drain(entry: Entry): void {
    // The proxy serves on: nobody has to lose a request that is on its way.
    const deadlineMs = this.#dependencies.drainTimeMs;
    this.#track(entry.compiled.close({ deadlineMs, keepsIdle: true }));
  }

  #track(closing: Promise<void>): void {
    const tracked: Promise<void> = closing
      .catch((thrown) =>
        this.#dependencies.log.error("listener did not close", { reason: toError(thrown).message }),
      )
      .finally(() => this.#closing.delete(tracked));
    this.#closing.add(tracked);
  }

  #onPortLost(entry: Entry, error: Error): void {
    const { name } = entry.message;
    this.#dependencies.log.warn("listener lost its port", {
      listener: name,
      reason: error.message,
    });
    if (this.#active.get(name) !== entry) return;
    this.#active.delete(name);
    this.#drain(entry);
    this.#scheduleRebind(entry.message, entry.isStatic);
  }

  /** Whoever holds the port may leave; the control plane need not send the listener again. */
  #scheduleRebind(message: ListenerMessage, isStatic: boolean, attempt = 1): void {
    const { clock, random, log } = this.#dependencies;
    const delayMs = BIND_BACKOFF.baseMs + backoffMs(BIND_BACKOFF, attempt, random);
    const timer = clock.schedule(
      delayMs,
      () => {
        this.#rebinds.delete(message.name);
        try {
          this.applyListener(message, { isStatic });
          log.info("listener bound after all", { listener: message.name });
        } catch {
          // applyListener has scheduled the next attempt; only its pace is ours.
          this.#cancelRebind(message.name);
          this.#scheduleRebind(message, isStatic, attempt + 1);
        }
      },
      { unref: true },
    );
    this.#rebinds.set(message.name, { timer, message });
  }

  #cancelRebind(name: string): void {
    this.#rebinds.get(name)?.timer.cancel();
    this.#rebinds.delete(name);
  }
}

function isSamePlace(one: Entry["place"], other: Entry["place"]): boolean {
  return one !== undefined && one.host === other?.host && one.port === other.port;
}

/** Where to bind; nowhere for internal listeners and those with `bind_to_port: false`. */
function placeOf(message: ListenerMessage): Entry["place"] {
  if (message.listenerSpecifier.case === "internalListener" || message.bindToPort === false)
    return undefined;
  const address = parseAddress(message.address, "address");
  if (address.kind !== "socket") throw new ConfigError("address", "must be a socket address");
  return address;
}
