/** Limits of a codec; defaults are hostile-input's. Zero switches a timeout off. */
export interface CodecOptions {
  /** Request or status line and fields together, decoded bytes; above: 431 (upstream: 502). */
  readonly maxHeaderBytes: number;
  readonly maxHeaderCount: number;
  /** Longest request target; above: 414. */
  readonly maxTargetBytes: number;
  /** From the first byte of a request to the end of its head; above: 408 and close. */
  readonly headerTimeoutMs: number;
  /** An idle keep-alive connection is closed after this. */
  readonly idleTimeoutMs: number;
  /** Buffered bytes towards a slow reader above which `sendData` answers false; low mark is half. */
  readonly highWatermarkBytes: number;
}

/** Envoy's and hostile-input's defaults. */
export const DEFAULT_CODEC_OPTIONS: CodecOptions = {
  maxHeaderBytes: 60 * 1024,
  maxHeaderCount: 100,
  maxTargetBytes: 16 * 1024,
  headerTimeoutMs: 10_000,
  idleTimeoutMs: 3_600_000,
  highWatermarkBytes: 64 * 1024,
};

/** More interim answers than this to one request are an attack on whoever passes them on. */
export const MAX_INTERIM_RESPONSES = 100;
