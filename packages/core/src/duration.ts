import { ConfigError } from "./config-error.ts";

/** `\u00b5` is the micro sign; see scripts/bundle.mjs for why it is not written out. */
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
  ["us", 0.001],
  ["\u00b5s", 0.001],
  ["ns", 0.000_001],
]);
const FORM = /^(?:\d+(?:\.\d+)?(?:ns|us|\u00b5s|ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d+)?)(ns|us|\u00b5s|ms|s|m|h)/g;

/**
 * Reads a duration as Istio's YAML writes it (Go's form: `1h30m`, `2.5s`, `10ms`, or `0`) into
 * milliseconds. Throws `ConfigError` for `field` otherwise; negative values are refused.
 */
export function parseDurationMs(text: string, field = ""): number {
  if (text === "0") return 0;
  if (!FORM.test(text)) {
    throw new ConfigError(field, `"${text}" is not a duration; write it like 500ms, 5s or 1h30m`);
  }
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(PART)) {
    totalMs += Number(amount) * (UNIT_MS.get(unit ?? "") ?? 0);
  }
  return totalMs;
}
