import type { Duplex } from "node:stream";
import type { Clock } from "@weft/core";
import { MAX_CLIENT_HELLO_BYTES, sniffClientHello } from "./client-hello.ts";
import { inspectHttp } from "./http-inspector.ts";

/** Which listener filters look at the first bytes. */
export interface SnifferConfig {
  readonly hasTlsInspector: boolean;
  readonly hasHttpInspector: boolean;
  /** Zero waits without end. */
  readonly timeoutMs: number;
  /** At the timeout: go on with what is known, instead of closing. */
  readonly continueOnTimeout: boolean;
}

/** What the first bytes said. */
export interface Sniffed {
  readonly transportProtocol: "raw_buffer" | "tls";
  readonly serverName: string;
  readonly applicationProtocols: readonly string[];
}

/** Nothing was asked, or nothing was found. */
export const NOTHING_SNIFFED: Sniffed = {
  transportProtocol: "raw_buffer",
  serverName: "",
  applicationProtocols: [],
};

/** An allowance for records and what came along; more than the largest ClientHello. */
const MAX_SNIFFED_BYTES = MAX_CLIENT_HELLO_BYTES + 4 * 1024;

/**
 * Reads until the inspectors know enough, puts the bytes back and pauses the socket. `done` is told
 * why when the connection is to be closed instead.
 */
export function sniff(
  socket: Duplex,
  config: SnifferConfig,
  clock: Clock,
  done: (sniffed: Sniffed | "ended" | "timed-out") => void,
): void {
  let bytes = Buffer.alloc(0);
  const finish = (sniffed: Sniffed | "ended" | "timed-out") => {
    timer?.cancel();
    socket.off("data", onData).off("end", onEnd).off("close", onClose);
    socket.pause();
    // A socket that has ended takes nothing back, and nobody is going to read it.
    if (bytes.length > 0 && sniffed !== "ended") socket.unshift(bytes);
    done(sniffed);
  };
  const onData = (chunk: Buffer) => {
    bytes = bytes.length === 0 ? Buffer.from(chunk) : Buffer.concat([bytes, chunk]);
    const verdict = judge(bytes, config);
    if (verdict !== undefined) finish(verdict);
    else if (bytes.length > MAX_SNIFFED_BYTES) finish(NOTHING_SNIFFED);
  };
  const onEnd = () => finish("ended");
  const onClose = () => finish("ended");
  const timer =
    config.timeoutMs === 0
      ? undefined
      : clock.schedule(config.timeoutMs, () =>
          finish(config.continueOnTimeout ? NOTHING_SNIFFED : "timed-out"),
        );
  socket.on("data", onData).on("end", onEnd).on("close", onClose);
  socket.resume();
}

function judge(bytes: Buffer, config: SnifferConfig): Sniffed | undefined {
  if (config.hasTlsInspector) {
    const hello = sniffClientHello(bytes);
    if (hello.kind === "incomplete") return undefined;
    if (hello.kind === "tls")
      return {
        transportProtocol: "tls",
        serverName: hello.serverName,
        applicationProtocols: hello.alpn,
      };
  }
  if (!config.hasHttpInspector) return NOTHING_SNIFFED;
  const protocol = inspectHttp(bytes);
  if (protocol === undefined) return undefined;
  return protocol === ""
    ? NOTHING_SNIFFED
    : { ...NOTHING_SNIFFED, applicationProtocols: [protocol] };
}
