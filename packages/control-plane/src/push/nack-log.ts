import type { Clock, Log } from "@weft/core";

/** A response that a proxy refused. */
export interface NackRecord {
  readonly proxy: string;
  /** Short name: CDS, EDS, LDS, RDS. */
  readonly type: string;
  /** As the proxy wrote it; Weft's own begins each line with the resource's name. */
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
}

/** The latest refusals kept for `/debug/syncz`. */
const MAX_RECORDS = 100;

/** Remembers refusals and says each once: a proxy that comes back refuses the same thing again. */
export class NackLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #byKey = new Map<string, NackRecord>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  get records(): readonly NackRecord[] {
    return [...this.#byKey.values()];
  }

  add(proxy: string, type: string, message: string): void {
    const key = `${proxy}\n${type}\n${message}`;
    const isKnown = this.#byKey.delete(key);
    const at = new Date(this.#clock.wallMs()).toISOString();
    this.#byKey.set(key, { proxy, type, message, at });
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > MAX_RECORDS && oldest !== undefined) this.#byKey.delete(oldest);
    if (!isKnown) this.#log.warn("a proxy refused configuration", { proxy, type, message });
  }
}
