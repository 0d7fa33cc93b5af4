import type { Settings } from "node:http2";
import type { Clock } from "@weft/core";
import type { CodecOptions } from "../codec-options.ts";

/** Streams that one peer may have open; more are REFUSED_STREAM. */
export const MAX_CONCURRENT_STREAMS = 100;
/** Buffered per stream until the reader takes it; Envoy's default is far too generous for many. */
export const STREAM_WINDOW_BYTES: number = 256 * 1024;

/** Our side of the SETTINGS exchange; RFC 9113 §6.5.2. */
export function buildSettings(options: CodecOptions, isServer: boolean): Settings {
  return {
    headerTableSize: 4096,
    initialWindowSize: STREAM_WINDOW_BYTES,
    maxHeaderListSize: options.maxHeaderBytes,
    enablePush: false,
    ...(isServer ? { maxConcurrentStreams: MAX_CONCURRENT_STREAMS } : {}),
  };
}

/** What nghttp2 enforces by itself (CONTINUATION, SETTINGS and PING floods, invalid frames). */
export function buildSessionLimits(
  options: CodecOptions,
  isServer: boolean,
): {
  readonly maxSettings: number;
  readonly maxOutstandingPings: number;
  readonly maxHeaderListPairs: number;
  readonly maxSessionInvalidFrames: number;
  readonly maxSessionMemory: number;
  readonly unknownProtocolTimeout: number;
} {
  return {
    maxSettings: 32,
    maxOutstandingPings: 10,
    // Fields and pseudo-headers.
    maxHeaderListPairs: options.maxHeaderCount + (isServer ? 4 : 1),
    maxSessionInvalidFrames: 10,
    maxSessionMemory: 10,
    unknownProtocolTimeout: 5_000,
  };
}

/** hostile-input: this many streams, more than half of them reset young, is no use but abuse. */
const MIN_JUDGED_STREAMS = 100;
const YOUNG_MS = 1_000;

/** Judges a peer that opens streams only to reset them (CVE-2023-44487, CVE-2025-8671). */
export class ResetBudget {
  #streamCount = 0;
  #youngResetCount = 0;

  onStream(): void {
    this.#streamCount++;
  }

  /** True when the connection should be given up. */
  onReset(ageMs: number): boolean {
    if (ageMs < YOUNG_MS) this.#youngResetCount++;
    return this.#streamCount >= MIN_JUDGED_STREAMS && this.#youngResetCount * 2 > this.#streamCount;
  }
}

/** A burst, and what comes back each second; hostile-input's sustained rate for PING is 10. */
const FRAME_BURST = 100;
const FRAMES_PER_MS = 10 / 1_000;

/** Bounds frames that cost us an answer and the peer nothing (PING, SETTINGS). */
export class FrameBudget {
  readonly #clock: Clock;
  #tokens = FRAME_BURST;
  #filledAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAtMs = clock.nowMs();
  }

  /** False when the peer sends more than anyone needs. */
  take(): boolean {
    const nowMs = this.#clock.nowMs();
    this.#tokens = Math.min(FRAME_BURST, this.#tokens + (nowMs - this.#filledAtMs) * FRAMES_PER_MS);
    this.#filledAtMs = nowMs;
    this.#tokens -= 1;
    return this.#tokens >= 0;
  }
}
