const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["H", 3_600_000],
  ["M", 60_000],
  ["S", 1000],
  ["m", 1],
  ["u", 0.001],
  ["n", 0.000_001],
]);

/** Reads `grpc-timeout` (`250m` is 250 milliseconds); undefined when absent or malformed. */
export function grpcTimeoutMs(value: string | undefined): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(value ?? "");
  if (match === null) return undefined;
  return Number(match[1]) * (UNIT_MS.get(match[2] ?? "") ?? 0);
}
