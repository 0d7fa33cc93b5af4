import { get } from "node:http";
import { connect } from "node:net";
import type { Clock } from "@weft/core";

const ATTEMPT_TIMEOUT_MS = 2000;
const INTERVAL_MS = 50;

/** Answers once `check` says yes; rejects with the reason of `signal` when that is aborted first. */
export async function waitFor(
  check: () => Promise<boolean>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (await check()) return;
    await pause(INTERVAL_MS, clock, signal);
  }
}

/** Settles after `delayMs`, or at once when `signal` is aborted. */
export function pause(delayMs: number, clock: Clock, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.schedule(delayMs, resolve);
  signal?.addEventListener("abort", () => resolve(), { once: true });
  return promise.finally(() => timer.cancel());
}

/** True when something accepts connections there, as a TCP readiness probe of Kubernetes asks. */
export function acceptsTcp(address: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: address, port });
  socket.setTimeout(ATTEMPT_TIMEOUT_MS, () => socket.destroy());
  socket.once("connect", () => {
    resolve(true);
    socket.destroy();
  });
  socket.on("error", () => {});
  socket.once("close", () => resolve(false));
  return promise;
}

/** True when a GET is answered with 200. */
export function answersOk(address: string, port: number, path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const request = get({ host: address, port, path, agent: false }, (response) => {
    response.resume();
    resolve(response.statusCode === 200);
  });
  request.setTimeout(ATTEMPT_TIMEOUT_MS, () => request.destroy());
  request.on("error", () => resolve(false));
  request.once("close", () => resolve(false));
  return promise;
}
