/**
 * Takes hosts out of load balancing that fail several times in a row, and lets them back in.
 *
 *   in ──N failures in a row──► ejected ──interval tick after its time──► in
 *
 * The time is base × number of ejections (at most the maximum); each tick that finds a host in and
 * undisturbed takes one off that number.
 * https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier
 */
import type { Clock, Timer } from "@weft/core";
import type { RequestResult } from "../cluster/cluster.ts";
import type { OutlierConfig } from "./outlier-config.ts";

/** What the detector does to a host. */
export interface EjectableHost {
  readonly ejectedUntilMs: number | undefined;
  eject(untilMs: number): void;
  unEject(): void;
}

/** What a detector tells its cluster. */
export interface OutlierEvents {
  /** Some host's `ejectedUntilMs` changed. */
  onHostsChanged(): void;
  /** A host should have gone, but too many are out already. */
  onOverflow(): void;
  onEjected(): void;
}

interface HostRecord {
  serverErrorsInRow: number;
  gatewayFailuresInRow: number;
  localFailuresInRow: number;
  ejectionCount: number;
  wasEjectedSinceTick: boolean;
}

/** Watches the hosts of one cluster. */
export class OutlierDetector<H extends EjectableHost> {
  readonly #config: OutlierConfig;
  readonly #clock: Clock;
  readonly #events: OutlierEvents;
  readonly #records = new Map<H, HostRecord>();
  #timer: Timer | undefined;

  constructor(config: OutlierConfig, clock: Clock, events: OutlierEvents) {
    this.#config = config;
    this.#clock = clock;
    this.#events = events;
    this.#scheduleTick();
  }

  /** The cluster's hosts now; records of others are dropped. */
  applyHosts(hosts: readonly H[]): void {
    const present = new Set(hosts);
    for (const host of this.#records.keys()) if (!present.has(host)) this.#records.delete(host);
    for (const host of hosts) if (!this.#records.has(host)) this.#records.set(host, newRecord());
  }

  /** How a request to the host went. */
  report(host: H, result: RequestResult): void {
    const record = this.#records.get(host);
    if (record === undefined) return;
    if (this.#count(record, result) && host.ejectedUntilMs === undefined) this.#eject(host, record);
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** Answers whether a threshold was reached. */
  #count(record: HostRecord, result: RequestResult): boolean {
    const config = this.#config;
    if (result === "local-failure" && config.splitsLocalErrors) {
      record.localFailuresInRow += 1;
      return reached(record.localFailuresInRow, config.consecutiveLocalFailures);
    }
    // Envoy counts its own failures as 503 unless they are split off.
    const status = result === "local-failure" ? 503 : result === "connected" ? 200 : result;
    record.localFailuresInRow = 0;
    record.serverErrorsInRow = status >= 500 ? record.serverErrorsInRow + 1 : 0;
    const isGatewayFailure = status >= 502 && status <= 504;
    record.gatewayFailuresInRow = isGatewayFailure ? record.gatewayFailuresInRow + 1 : 0;
    return (
      reached(record.serverErrorsInRow, config.consecutive5xx) ||
      reached(record.gatewayFailuresInRow, config.consecutiveGatewayFailures)
    );
  }

  #eject(host: H, record: HostRecord): void {
    resetRows(record);
    if (!this.#mayEject()) {
      this.#events.onOverflow();
      return;
    }
    const { baseEjectionMs, maxEjectionMs } = this.#config;
    // It stops growing at the maximum, so that it can also fall again in reasonable time.
    if (baseEjectionMs * (record.ejectionCount - 1) < maxEjectionMs) record.ejectionCount += 1;
    record.wasEjectedSinceTick = true;
    const ejectionMs = Math.min(baseEjectionMs * record.ejectionCount, maxEjectionMs);
    host.eject(this.#clock.nowMs() + ejectionMs);
    this.#events.onEjected();
    this.#events.onHostsChanged();
  }

  #mayEject(): boolean {
    let ejectedCount = 0;
    for (const host of this.#records.keys())
      if (host.ejectedUntilMs !== undefined) ejectedCount += 1;
    if (ejectedCount === 0 && this.#config.alwaysEjectsOne) return true;
    const nextPercent = (100 * (ejectedCount + 1)) / this.#records.size;
    return nextPercent <= this.#config.maxEjectionPercent;
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    let hasChanged = false;
    for (const [host, record] of this.#records) {
      if (host.ejectedUntilMs !== undefined) {
        if (nowMs < host.ejectedUntilMs) continue;
        host.unEject();
        resetRows(record);
        hasChanged = true;
      } else if (!record.wasEjectedSinceTick && record.ejectionCount > 0) {
        record.ejectionCount -= 1;
      }
      record.wasEjectedSinceTick = false;
    }
    this.#scheduleTick();
    if (hasChanged) this.#events.onHostsChanged();
  }

  #scheduleTick(): void {
    this.#timer = this.#clock.schedule(this.#config.intervalMs, () => this.#tick(), {
      unref: true,
    });
  }
}

function newRecord(): HostRecord {
  return {
    serverErrorsInRow: 0,
    gatewayFailuresInRow: 0,
    localFailuresInRow: 0,
    ejectionCount: 0,
    wasEjectedSinceTick: false,
  };
}

function resetRows(record: HostRecord): void {
  record.serverErrorsInRow = 0;
  record.gatewayFailuresInRow = 0;
  record.localFailuresInRow = 0;
}

function reached(count: number, threshold: number): boolean {
  return threshold > 0 && count >= threshold;
}
