/**
 * Listeners: connections come in, are looked at, matched to a filter chain, freed from TLS, and
 * handed to the chain's network filter. Who binds ports is another matter: a compiled listener
 * takes sockets by `accept`, or binds for itself with `listen`.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TrafficDirection } from "@weft/api/envoy/config/core/v3/base_pb.js";
import type { Listener } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { ConfigError, type Log, MeshError, toError } from "@weft/core";
import type { DrainOptions } from "../codec/codec.ts";
import type { Stats } from "../stats/stats.ts";
import { AcceptedConnection, addressesOf, type ConnectionOwner } from "./accepted-connection.ts";
import type { DownstreamConnection, SocketAddress } from "./downstream-connection.ts";
import { type CompiledChain, compileFilterChain, type FilterChainDeps } from "./filter-chain.ts";
import { matchFilterChain } from "./filter-chain-match.ts";
import type { InternalListeners } from "./internal-listeners.ts";
import { type ListenerAddress, parseListenerAddress } from "./listener-address.ts";
import { compileListenerFilters } from "./listener-filters.ts";
import { createListenerStats } from "./listener-stats.ts";

/** What listeners need. */
export interface ListenerDeps extends FilterChainDeps {
  readonly stats: Stats;
  readonly log: Log;
  readonly internalListeners: InternalListeners;
  /** Connections of one listener; more are closed at once. Default 50,000. */
  readonly maxConnections?: number;
}

/** One listener's configuration at work. */
export interface ProxyListener {
  readonly name: string;
  /** Where it listens; `undefined` before `listen` and for listeners that do not bind. */
  readonly address: SocketAddress | undefined;
  readonly activeConnections: number;
  /** Binds the configured address, or opens. Rejects with `MeshError` when the address is taken. */
  listen(): Promise<void>;
  /** Makes an internal listener reachable by name; takes over from `previous` (see there). */
  open(): void;
  /** Takes a paused connection. */
  accept(socket: Duplex, originalDestination?: SocketAddress): void;
  /**
   * Keeps those connections of `previous` whose filter chain is the same here: they are ours from
   * now on, and do not end when `previous` closes.
   */
  adoptFrom(previous: ProxyListener): void;
  /** Accepts nothing more, drains, and destroys what is left at the deadline. Idempotent. */
  close(options: CloseOptions): Promise<void>;
}

/** How a listener ends. */
export interface CloseOptions extends Partial<DrainOptions> {
  readonly deadlineMs: number;
}

const DEFAULT_MAX_CONNECTIONS = 50_000;

/** Compiles a listener without binding anything; throws `ConfigError`. */
export function createListener(config: Listener, deps: ListenerDeps): ProxyListener {
  return new CompiledListener(config, deps);
}

class CompiledListener implements ProxyListener, ConnectionOwner {
  readonly name: string;
  readonly listenerName: string;
  readonly direction: DownstreamConnection["direction"];
  readonly clock: ListenerDeps["clock"];
  readonly log: Log;
  readonly stats: ConnectionOwner["stats"];
  readonly sniffsOn: ConnectionOwner["sniffsOn"];
  readonly #deps: ListenerDeps;
  readonly #address: ListenerAddress;
  readonly #bindsToPort: boolean;
  readonly #chains: readonly CompiledChain[];
  readonly #defaultChain: CompiledChain | undefined;
  #connections = new Set<AcceptedConnection>();
  #server: Server | undefined;
  #unregister: (() => void) | undefined;
  #isClosed = false;
  #onEmpty: (() => void) | undefined;

  constructor(config: Listener, deps: ListenerDeps) {
    this.name = config.name;
    this.listenerName = config.name;
    this.clock = deps.clock;
    this.log = deps.log;
    this.#deps = deps;
    this.#bindsToPort = config.bindToPort !== false;
    this.#address = parseListenerAddress(
      config.address,
      config.listenerSpecifier.case === "internalListener",
      "address",
    );
    this.direction = DIRECTIONS.get(config.trafficDirection) ?? "unspecified";
    if (config.filterChainMatcher !== undefined)
      throw new ConfigError("filter_chain_matcher", "is not supported");
    const { chains, defaultChain, sniffsOn } = compileChains(config, deps);
    this.#chains = chains;
    this.#defaultChain = defaultChain;
    this.sniffsOn = sniffsOn;
    this.stats = createListenerStats(
      deps.stats,
      config.statPrefix || statAddress(this.#address, this.name),
    );
  }

  get address(): SocketAddress | undefined {
    const bound = this.#server?.address();
    return typeof bound === "object" && bound !== null
      ? { address: bound.address, port: bound.port }
      : undefined;
  }

  get activeConnections(): number {
    return this.#connections.size;
  }

  async listen(): Promise<void> {
    this.open();
    const address = this.#address;
    if (address.kind === "internal" || !this.#bindsToPort) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    server.on("connection", (socket: Socket) => this.accept(socket));
    this.#server = server;
    await bind(server, address);
  }

  open(): void {
    if (this.#address.kind !== "internal" || this.#unregister !== undefined) return;
    this.#unregister = this.#deps.internalListeners.register(this.name, (socket, destination) =>
      this.accept(socket, destination),
    );
  }

  accept(socket: Duplex, originalDestination?: SocketAddress): void {
    if (
      this.#isClosed ||
      this.#connections.size >= (this.#deps.maxConnections ?? DEFAULT_MAX_CONNECTIONS)
    ) {
      this.stats.overflow.add(1);
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    const connection: AcceptedConnection = new AcceptedConnection(
      socket,
      addressesOf(socket, originalDestination),
      this,
      () => leave(connection),
    );
    enter(connection, this.#connections, this);
    connection.start();
  }

  adoptFrom(previous: ProxyListener): void {
    if (!(previous instanceof CompiledListener)) return;
    const kept = new Set([...this.#chains, this.#defaultChain].map((chain) => chain?.fingerprint));
    for (const connection of previous.#connections) {
      if (connection.chainFingerprint === undefined || !kept.has(connection.chainFingerprint))
        continue;
      previous.#connections.delete(connection);
      enter(connection, this.#connections, this);
    }
  }

  pickChain(facts: Parameters<ConnectionOwner["pickChain"]>[0]): CompiledChain | undefined {
    return matchFilterChain(this.#chains, facts) ?? this.#defaultChain;
  }

  async close({ deadlineMs, keepsIdle = false }: CloseOptions): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#unregister?.();
      this.#server?.close();
      for (const chain of [...this.#chains, this.#defaultChain]) chain?.tls?.close();
      for (const connection of [...this.#connections]) connection.drain({ keepsIdle });
    }
    if (this.#connections.size === 0) return;
    const timer = this.clock.schedule(deadlineMs, () => {
      for (const connection of [...this.#connections]) connection.destroy();
    });
    await new Promise<void>((resolve) => {
      const before = this.#onEmpty;
      this.#onEmpty = () => {
        before?.();
        resolve();
      };
    });
    timer.cancel();
  }

  onLeft(): void {
    if (this.#connections.size === 0) this.#onEmpty?.();
  }
}

function compileChains(config: Listener, deps: ListenerDeps) {
  const { filterChains, defaultFilterChain } = config;
  if (filterChains.length === 0 && defaultFilterChain === undefined)
    throw new ConfigError("filter_chains", "must not be empty");
  const chains: CompiledChain[] = [];
  let defaultChain: CompiledChain | undefined;
  try {
    for (const [index, chain] of filterChains.entries())
      chains.push(compileFilterChain(chain, config, deps, `filter_chains[${index}]`));
    refuseDuplicates(chains);
    if (defaultFilterChain !== undefined)
      defaultChain = compileFilterChain(defaultFilterChain, config, deps, "default_filter_chain");
    return { chains, defaultChain, sniffsOn: compileListenerFilters(config, chains) };
  } catch (thrown) {
    // A listener that is refused must not go on following secrets.
    for (const chain of [...chains, defaultChain]) chain?.tls?.close();
    throw thrown;
  }
}

const DIRECTIONS: ReadonlyMap<TrafficDirection, DownstreamConnection["direction"]> = new Map([
  [TrafficDirection.INBOUND, "inbound"],
  [TrafficDirection.OUTBOUND, "outbound"],
]);

/** In which listener's set a connection is; changes when one listener adopts from another. */
const homes = new WeakMap<
  AcceptedConnection,
  { readonly set: Set<AcceptedConnection>; readonly listener: { onLeft(): void } }
>();

function enter(
  connection: AcceptedConnection,
  set: Set<AcceptedConnection>,
  listener: { onLeft(): void },
): void {
  set.add(connection);
  homes.set(connection, { set, listener });
}

function leave(connection: AcceptedConnection): void {
  const home = homes.get(connection);
  home?.set.delete(connection);
  home?.listener.onLeft();
}

function refuseDuplicates(chains: readonly CompiledChain[]): void {
  const seen = new Set<string>();
  for (const [index, { criteria }] of chains.entries()) {
    const key = JSON.stringify(criteria, (_, value) =>
      typeof value === "bigint" ? value.toString() : value,
    );
    if (seen.has(key))
      throw new ConfigError(
        `filter_chains[${index}].filter_chain_match`,
        "is the same as another chain's",
      );
    seen.add(key);
  }
}

function statAddress(address: ListenerAddress, name: string): string {
  return address.kind === "socket" ? `${address.host}_${address.port}` : name;
}

async function bind(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  }).catch((thrown: unknown) => {
    const error: NodeJS.ErrnoException = toError(thrown);
    const reason =
      error.code === "EADDRINUSE"
        ? "another process listens there; stop it or choose another port"
        : error.message;
    throw new MeshError("bind", `cannot listen on ${host}:${port}: ${reason}`, { cause: error });
  });
}
