import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cpuMicroseconds, startProgram } from "@weft/testing/end-to-end";
import { part } from "../scripts/part.ts";
import { besideLoad, type Contender } from "./contender.ts";
import { percentile, type Sample } from "./report.ts";

/** How long each part of a round takes, and how hard it pushes. */
export interface Effort {
  readonly seconds: number;
  readonly connections: number;
  /** The pace at which latency is measured: well below what every contender can do. */
  readonly requestsPerSecond: number;
}

/**
 * One round for one contender. CPU time a request comes from a closed loop (wrk asks as fast as it
 * is answered); latency from a fixed pace (h2load), because in a closed loop every contender is
 * always full and latency says only how many connections there are.
 */
export async function measure(
  contender: Contender,
  folder: string,
  effort: Effort,
): Promise<Sample> {
  const before = cpuOf(contender);
  const { requests, seconds, failed } = await pushWithWrk(contender.url, effort);
  const cpuMicros = (cpuOf(contender) - before) / requests;
  const latenciesMicros = await paceWithH2load(contender.url, folder, effort);
  return {
    requestsPerSecond: requests / seconds,
    cpuMicrosPerRequest: cpuMicros,
    p50Micros: percentile(latenciesMicros, 0.5),
    p99Micros: percentile(latenciesMicros, 0.99),
    failedCount: failed,
  };
}

function cpuOf({ pid }: Contender): number {
  return pid === undefined ? 0 : cpuMicroseconds(pid);
}

async function pushWithWrk(url: string, { seconds, connections }: Effort) {
  const options = [
    "--threads",
    "1",
    "--connections",
    `${connections}`,
    "--duration",
    `${seconds}s`,
  ];
  const output = await run([program("wrk"), ...options, url]);
  const [, requests, duration] = /(\d+) requests in ([\d.]+)s/.exec(output) ?? [];
  if (requests === undefined) throw new Error(`wrk printed: ${output}`);
  const failed = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? "0";
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(
    output,
  );
  const brokenCount = (broken ?? []).slice(1).reduce((sum, count) => sum + Number(count), 0);
  return {
    requests: Number(requests),
    seconds: Number(duration),
    failed: Number(failed) + brokenCount,
  };
}

/** Each line of h2load's log: start time, status, microseconds until the response was complete. */
async function paceWithH2load(
  url: string,
  folder: string,
  { seconds, requestsPerSecond }: Effort,
): Promise<readonly number[]> {
  const clients = 16;
  const log = join(folder, "h2load.log");
  rmSync(log, { force: true });
  await run([
    program("h2load"),
    ...["--h1", "--clients", `${clients}`, "--duration", `${seconds}`],
    ...["--rps", `${requestsPerSecond / clients}`, "--log-file", log, url],
  ]);
  return readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([, status]) => status === "200")
    .map(([, , micros]) => Number(micros));
}

async function run(command: readonly string[]): Promise<string> {
  const child = startProgram(besideLoad(command));
  const code = await child.ended;
  if (code !== 0) throw new Error(`"${command.join(" ")}" ended with ${code}: ${child.output()}`);
  return child.output();
}

function program(name: "wrk" | "h2load"): string {
  const path = part(name);
  if (path === undefined) throw new Error(`no ${name}: run node scripts/install-parts.mjs`);
  return path;
}
