/**
 * Brings each connected proxy to the latest snapshot. In: streams that open and close, snapshots.
 * Out: `session.update` with what the proxy should have; the session sends the difference.
 */
import { type Clock, type Log, type Timer, toError } from "@weft/core";
import type { XdsConnection, XdsResources } from "@weft/xds";
import type { Problem } from "../model/problem.ts";
import type { ProxyNode } from "../model/proxy-node.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { ProxyResources } from "../translate/index.ts";
import { encodeResources } from "./encode-resources.ts";

/** A proxy on a stream. */
export interface ConnectedProxy {
  readonly connection: XdsConnection;
  readonly node: ProxyNode;
  /** Version of the snapshot that it was last brought to; empty before the first. */
  readonly version: string;
  /** What it should have; `undefined` before the first snapshot. */
  readonly resources: XdsResources | undefined;
  /** Monotonic: when the change was seen, or the stream opened, that led to {@link version}. */
  readonly sinceMs: number;
}

/** What a {@link Pusher} needs. */
export interface PusherConfig {
  readonly translate: (snapshot: Snapshot, proxy: ProxyNode) => ProxyResources;
  readonly clock: Clock;
  readonly log: Log;
  /** All problems that translating for the connected proxies shows now. */
  readonly onProblems?: (problems: readonly Problem[]) => void;
}

interface ProxyState {
  readonly connection: XdsConnection;
  readonly node: ProxyNode;
  version: string;
  resources: XdsResources | undefined;
  problems: readonly Problem[];
  sinceMs: number;
}

/** Made by the composition root; fed by the xDS server and the snapshots. */
export class Pusher {
  readonly #config: PusherConfig;
  readonly #proxies = new Map<XdsConnection, ProxyState>();
  readonly #behind = new Set<ProxyState>();
  #snapshot: Snapshot | undefined;
  #timer: Timer | undefined;

  constructor(config: PusherConfig) {
    this.#config = config;
  }

  get proxies(): readonly ConnectedProxy[] {
    return [...this.#proxies.values()];
  }

  proxy(connection: XdsConnection): ConnectedProxy | undefined {
    return this.#proxies.get(connection);
  }

  /** Of the latest snapshot; empty before the first. */
  get version(): string {
    return this.#snapshot?.version ?? "";
  }

  /** `namespace/name` of what the latest snapshot sends traffic to. */
  get readyWorkloads(): readonly string[] {
    const workloads = this.#snapshot?.mesh.workloads ?? [];
    return workloads
      .filter(({ isReady }) => isReady)
      .map(({ namespace, name }) => `${namespace}/${name}`);
  }

  connect(connection: XdsConnection, node: ProxyNode): void {
    const state: ProxyState = {
      connection,
      node,
      version: "",
      resources: undefined,
      problems: [],
      sinceMs: this.#config.clock.nowMs(),
    };
    this.#proxies.set(connection, state);
    // At once: the proxy waits with its start for this.
    this.#bringUp(state);
    this.#tellProblems();
  }

  disconnect(connection: XdsConnection): void {
    const state = this.#proxies.get(connection);
    this.#proxies.delete(connection);
    if (state !== undefined) this.#behind.delete(state);
  }

  update(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const state of this.#proxies.values()) this.#behind.add(state);
    this.#schedule();
  }

  close(): void {
    this.#timer?.cancel();
    this.#behind.clear();
  }

  /** One proxy a turn, so that acknowledgements and new streams get their turn in between. */
  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = this.#config.clock.schedule(0, () => {
      const [next] = this.#behind;
      if (next !== undefined) {
        next.sinceMs = this.#snapshot?.seenAtMs ?? next.sinceMs;
        this.#bringUp(next);
      }
      if (this.#behind.size > 0) this.#schedule();
      else this.#tellProblems();
    });
  }

  #bringUp(state: ProxyState): void {
    const snapshot = this.#snapshot;
    this.#behind.delete(state);
    if (snapshot === undefined) return;
    try {
      const translated = this.#config.translate(snapshot, state.node);
      state.resources = encodeResources(translated, state.resources);
      state.problems = translated.problems;
    } catch (thrown) {
      // A bug of ours. The proxy keeps what it has, the others are not concerned, and people are told:
      // until it is gone no change reaches this proxy.
      const { message, stack } = toError(thrown);
      state.problems = [translationFailed(state.node, message)];
      this.#config.log.error("cannot translate for a proxy", {
        proxy: state.node.id,
        reason: stack ?? message,
      });
      return;
    }
    state.version = snapshot.version;
    state.connection.session.update(state.resources, snapshot.version);
  }

  #tellProblems(): void {
    const all = [...this.#proxies.values()].flatMap(({ problems }) => problems);
    this.#config.onProblems?.(all);
  }
}

/** No file of the user's is known to be at fault, so the place is the log with the stack trace. */
function translationFailed({ podName }: ProxyNode, message: string): Problem {
  return {
    severity: "error",
    code: "TranslationFailed",
    file: "control-plane.log",
    line: 1,
    column: 1,
    field: "",
    message: `nothing new reaches ${podName}, because of a bug in Weft: ${message}`,
    remedy: "take the latest change back, and report what is in the log",
  };
}
