import type { Duplex } from "node:stream";

/** The first bytes of every HTTP/2 connection: RFC 9113 §3.4. No HTTP/1 request begins like it. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/**
 * Looks at a connection's first bytes, puts them back and leaves the socket paused. Answers as soon as
 * the choice is certain: one byte other than "P" is enough for HTTP/1.
 */
export function sniffPreface(
  socket: Duplex,
  done: (protocol: "http1" | "http2" | "closed") => void,
): void {
  let seen = Buffer.alloc(0);
  const finish = (protocol: "http1" | "http2" | "closed") => {
    socket.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
    socket.pause();
    if (protocol !== "closed" && seen.length > 0) socket.unshift(seen);
    done(protocol);
  };
  const onData = (chunk: Buffer) => {
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
  socket.resume();
}
