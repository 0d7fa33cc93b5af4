import type { Duplex } from "node:stream";
import type { Cluster, PendingStream } from "../../cluster/cluster.ts";
import type { FilterStream } from "../../http/filter.ts";
import { HeaderMap } from "../../http/header-map.ts";
import { poolFailureReply } from "./failure-reply.ts";
import type { UpstreamWork } from "./forwarding.ts";

/** Enough for a ClientHello or a first request that the client sends without waiting for our 200. */
const MAX_EARLY_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Ends a CONNECT here: connects to a host of the cluster, answers 200, and carries bytes both ways.
 * Each direction ends on its own; a side that is slower than the other makes it wait.
 */
export class ConnectTunnel implements UpstreamWork {
  readonly #stream: FilterStream;
  readonly #pending: PendingStream;
  #socket: Duplex | undefined;
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #hasRequestEnded = false;
  #isOver = false;

  constructor(stream: FilterStream, cluster: Cluster) {
    this.#stream = stream;
    const { info } = stream;
    info.attemptCount = 1;
    this.#pending = cluster.openConnection(
      {
        triedHosts: [],
        hostSelectionAttempts: 1,
        originalDestination: info.originalAuthority,
      },
      (result) => {
        if (this.#isOver) {
          if ("socket" in result) result.socket.destroy();
        } else if ("socket" in result) {
          info.upstreamHost = result.host;
          this.#open(result.socket);
        } else {
          this.#isOver = true;
          if (result.kind === "connect-failure") {
            info.upstreamHost = result.host;
            info.upstreamTransportFailure = result.detail;
            cluster.reportResult(result.host, "local-failure");
          }
          stream.sendLocalReply(poolFailureReply(result));
        }
      },
    );
  }

  sendData(chunk: Buffer, endStream: boolean): void {
    if (this.#isOver) return;
    this.#hasRequestEnded ||= endStream;
    if (this.#socket === undefined) {
      this.#early.push(chunk);
      this.#earlyBytes += chunk.length;
      if (this.#earlyBytes > MAX_EARLY_BYTES) this.#stream.pauseRequest();
      return;
    }
    if (chunk.length > 0 && !this.#socket.write(chunk)) this.#stream.pauseRequest();
    if (endStream) this.#socket.end();
  }

  sendTrailers(): void {
    this.sendData(NOTHING, true);
  }

  onResponseWritable(): void {
    this.#socket?.resume();
  }

  /** A tunnel that stands has no route timeout; one that does not is cancelled with its stream. */
  onRouteTimeout(): void {}

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pending.cancel();
    this.#socket?.destroy();
  }

  #open(socket: Duplex): void {
    this.#socket = socket;
    const stream = this.#stream;
    stream.info.responseCodeDetails = "via_upstream";
    stream.sendResponseHeaders({ status: 200, headers: new HeaderMap() }, false);
    socket.on("data", (chunk: Buffer) => {
      if (!this.#isOver && !stream.sendResponseData(chunk, false)) socket.pause();
    });
    socket.on("drain", () => {
      if (!this.#isOver) stream.resumeRequest();
    });
    socket.on("end", () => {
      if (!this.#isOver) stream.sendResponseData(NOTHING, true);
    });
    socket.on("error", (error) => {
      stream.info.upstreamTransportFailure = error.message;
    });
    socket.on("close", () => this.#onSocketClosed(socket));
    for (const chunk of this.#early) if (chunk.length > 0) socket.write(chunk);
    this.#early = [];
    if (this.#hasRequestEnded) socket.end();
    stream.resumeRequest();
    socket.resume();
  }

  /** After an orderly end in both directions nothing is left to do. */
  #onSocketClosed(socket: Duplex): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const isOrderly = socket.readableEnded && socket.errored === null;
    if (isOrderly && this.#hasRequestEnded) return;
    if (!isOrderly) this.#stream.info.addFlag("UC");
    this.#stream.resetResponse();
  }
}
