import type { ServerStream } from "../../codec/codec.ts";
import type { HeaderMap } from "../header-map.ts";

/** What arrives while a filter holds the request; above the limit the client is made to wait. */
export class HeldRequest {
  readonly chunks: Buffer[] = [];
  trailers: HeaderMap | undefined;
  hasEnded = false;
  isPaused = false;
  readonly #limitBytes: number;
  readonly #stream: ServerStream;
  #bytes = 0;

  constructor(limitBytes: number, stream: ServerStream) {
    this.#limitBytes = limitBytes;
    this.#stream = stream;
  }

  addData(chunk: Buffer, endStream: boolean): void {
    this.chunks.push(chunk);
    this.hasEnded = endStream;
    this.#bytes += chunk.length;
    if (this.#bytes < this.#limitBytes || this.isPaused || endStream) return;
    this.isPaused = true;
    this.#stream.pauseReading();
  }

  addTrailers(trailers: HeaderMap): void {
    this.trailers = trailers;
  }
}
