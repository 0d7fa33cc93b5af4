import { Agent, type OutgoingHttpHeaders } from "node:http";
import { type Answer, ask } from "./ask.ts";

/** More than this in one run is a mistake in the test. */
const MAX_REQUESTS = 50_000;
const MAX_DURATION_MS = 120_000;

/** A bounded load on one URL of this machine. */
export interface LoadOptions {
  readonly headers?: OutgoingHttpHeaders;
  /** Ends after so many requests. */
  readonly count?: number;
  /** Ends after so long; default the longest that is allowed. */
  readonly durationMs?: number;
  /** Starts requests at this pace whether or not earlier ones were answered. Default: no pace. */
  readonly ratePerSecond?: number;
  /** At most so many unanswered at once. Default 16, at a pace 256. */
  readonly concurrency?: number;
  /** The word under which an answer is counted in `labels`, such as the version that answered. */
  readonly label?: (answer: Answer) => string;
  /** Ends the load early, without error. */
  readonly signal?: AbortSignal;
}

/** What came back. */
export interface LoadReport {
  readonly sentCount: number;
  /** Requests without any answer. */
  readonly brokenCount: number;
  /** Everything that was not a 2xx answer, the broken ones included. */
  readonly failedCount: number;
  /** Count by status code. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, number>>;
  /** What the first broken or failed requests said, for the message of an assertion. */
  readonly complaints: readonly string[];
}

/** Loads `url`, which must be on loopback, and settles when every request is answered. */
export async function load(url: string, options: LoadOptions): Promise<LoadReport> {
  const { hostname } = new URL(url);
  if (!hostname.startsWith("127.") && hostname !== "localhost") {
    throw new Error(`${url} is not on loopback; a load goes nowhere else`);
  }
  const run = new LoadRun(url, options);
  return await run.finish();
}

class LoadRun {
  readonly #url: string;
  readonly #options: LoadOptions;
  readonly #count: number;
  readonly #durationMs: number;
  readonly #agent: Agent;
  readonly #startedAtMs = performance.now();
  readonly #statuses: Record<string, number> = {};
  readonly #labels: Record<string, number> = {};
  readonly #complaints: string[] = [];
  #sentCount = 0;
  #brokenCount = 0;
  #failedCount = 0;

  constructor(url: string, options: LoadOptions) {
    const { ratePerSecond, concurrency = ratePerSecond === undefined ? 16 : 256 } = options;
    this.#url = url;
    this.#options = options;
    this.#count = Math.min(options.count ?? MAX_REQUESTS, MAX_REQUESTS);
    this.#durationMs = Math.min(options.durationMs ?? MAX_DURATION_MS, MAX_DURATION_MS);
    this.#agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  }

  async finish(): Promise<LoadReport> {
    const { ratePerSecond, concurrency = 16 } = this.#options;
    if (ratePerSecond === undefined) {
      await Promise.all(Array.from({ length: concurrency }, () => this.#askInTurn()));
    } else {
      await this.#askAtPace(ratePerSecond);
    }
    this.#agent.destroy();
    return {
      sentCount: this.#sentCount,
      brokenCount: this.#brokenCount,
      failedCount: this.#failedCount,
      statuses: this.#statuses,
      labels: this.#labels,
      complaints: this.#complaints,
    };
  }

  async #askInTurn(): Promise<void> {
    while (this.#hasMore()) await this.#askOnce();
  }

  /** Every few milliseconds sends what is due by now, so that a slow answer does not slow the pace. */
  async #askAtPace(ratePerSecond: number): Promise<void> {
    const pending = new Set<Promise<void>>();
    while (this.#hasMore()) {
      const dueCount = ((performance.now() - this.#startedAtMs) / 1000) * ratePerSecond;
      while (this.#sentCount < dueCount && this.#hasMore()) {
        const asked = this.#askOnce().finally(() => pending.delete(asked));
        pending.add(asked);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all(pending);
  }

  #hasMore(): boolean {
    return (
      this.#sentCount < this.#count &&
      performance.now() - this.#startedAtMs < this.#durationMs &&
      this.#options.signal?.aborted !== true
    );
  }

  async #askOnce(): Promise<void> {
    this.#sentCount += 1;
    try {
      const headers = this.#options.headers ?? {};
      const answer = await ask(this.#url, { agent: this.#agent, headers });
      this.#statuses[answer.status] = (this.#statuses[answer.status] ?? 0) + 1;
      if (answer.status < 200 || answer.status > 299) {
        this.#failedCount += 1;
        this.#complain(`${answer.status} ${answer.body.slice(0, 200)}`);
      }
      const label = this.#options.label?.(answer);
      if (label !== undefined) this.#labels[label] = (this.#labels[label] ?? 0) + 1;
    } catch (error) {
      this.#brokenCount += 1;
      this.#failedCount += 1;
      this.#complain(error instanceof Error ? error.message : String(error));
    }
  }

  #complain(text: string): void {
    if (this.#complaints.length < 5) this.#complaints.push(text);
  }
}
