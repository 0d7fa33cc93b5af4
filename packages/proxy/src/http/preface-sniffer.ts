import type { Duplex } from "node:stream";
import type { Clock, Timer } from "@weft/core";

/** The first bytes of every HTTP/2 connection: RFC 9113 §3.4. No HTTP/1 request begins like it. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** How long a client may keep us guessing; 0 is for ever. */
export interface SniffTimeouts {
  /** Until the first byte. */
  readonly idleTimeoutMs: number;
  /** From the first byte on: a preface is part of a head. */
  readonly headerTimeoutMs: number;
}

/**
 * Looks at a connection's first bytes, puts them back and leaves the socket paused. Answers as soon as
 * the choice is certain: one byte other than "P" is enough for HTTP/1. Who takes too long is cut off.
 */
export function sniffPreface(
  socket: Duplex,
  timeouts: SniffTimeouts,
  clock: Clock,
  done: (protocol: "http1" | "http2" | "closed") => void,
): void {
  let seen = Buffer.alloc(0);
  let timer: Timer | undefined;
  const arm = (delayMs: number) => {
    timer?.cancel();
    if (delayMs > 0) timer = clock.schedule(delayMs, () => socket.destroy(), { unref: true });
  };
  const finish = (protocol: "http1" | "http2" | "closed") => {
    timer?.cancel();
    socket.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
    socket.pause();
    if (protocol !== "closed" && seen.length > 0) socket.unshift(seen);
    done(protocol);
  };
  const onData = (chunk: Buffer) => {
    if (seen.length === 0) arm(timeouts.headerTimeoutMs);
    seen = Buffer.concat([seen, chunk]);
    const compared = Math.min(seen.length, PREFACE.length);
    if (!seen.subarray(0, compared).equals(PREFACE.subarray(0, compared))) finish("http1");
    else if (compared === PREFACE.length) finish("http2");
  };
  const onEnd = () => {
    socket.end();
    finish("closed");
  };
  const onError = () => socket.destroy();
  const onClose = () => finish("closed");
  socket.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
  arm(timeouts.idleTimeoutMs);
  socket.resume();
}
