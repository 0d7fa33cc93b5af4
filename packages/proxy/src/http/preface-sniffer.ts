import type { Duplex } from "node:stream";

/** The first bytes of every HTTP/2 connection: RFC 9113 §3.4. No HTTP/1 request begins like it. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/**
 * Looks at a connection's first bytes and puts them back. Answers as soon as the choice is certain:
 * one byte other than "P" is enough for HTTP/1.
 */
export function sniffPreface(
  socket: Duplex,
  done: (protocol: "http1" | "http2" | "closed") => void,
): void {
  let seen = Buffer.alloc(0);
  const finish = (protocol: "http1" | "http2" | "closed") => {
    socket.off("readable", onReadable);
    socket.off("end", onEnd);
    socket.off("error", onError);
    socket.off("close", onClose);
    if (protocol !== "closed" && seen.length > 0) socket.unshift(seen);
    done(protocol);
  };
  const onReadable = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
      seen = Buffer.concat([seen, chunk]);
    }
    const compared = Math.min(seen.length, PREFACE.length);
    if (compared === 0) return;
    if (!seen.subarray(0, compared).equals(PREFACE.subarray(0, compared))) finish("http1");
    else if (compared === PREFACE.length) finish("http2");
  };
  // A peer that ends inside the preface is for the HTTP/1 codec to refuse.
  const onEnd = () => finish(seen.length > 0 ? "http1" : "closed");
  const onError = () => socket.destroy();
  const onClose = () => finish("closed");
  socket.on("readable", onReadable);
  socket.on("end", onEnd);
  socket.on("error", onError);
  socket.on("close", onClose);
}
