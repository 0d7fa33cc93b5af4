import { request } from "node:http";
import type { Clock } from "@weft/core";
import { waitFor } from "../process/probe.ts";

const DEADLINE_MS = 15_000;
const ATTEMPT_TIMEOUT_MS = 5000;

/**
 * Asks for `url` until a good page comes, as the first visitor would; false when none came in time.
 */
export async function visitFirstPage(
  url: string,
  clock: Clock,
  stopped: AbortSignal,
): Promise<boolean> {
  const late = new AbortController();
  const timer = clock.schedule(DEADLINE_MS, () => late.abort());
  try {
    await waitFor(() => isGood(url), clock, AbortSignal.any([late.signal, stopped]));
    return true;
  } catch {
    return false;
  } finally {
    timer.cancel();
  }
}

function isGood(url: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const visit = request(url, { agent: false }, (response) => {
    response.resume();
    response.once("end", () => resolve((response.statusCode ?? 500) < 400));
  });
  visit.setTimeout(ATTEMPT_TIMEOUT_MS, () => visit.destroy());
  visit.on("error", () => resolve(false));
  visit.once("close", () => resolve(false));
  visit.end();
  return promise;
}
