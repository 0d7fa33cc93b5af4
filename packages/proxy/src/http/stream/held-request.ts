import type { HeaderMap } from "../header-map.ts";

/** What arrives while a filter holds the request; above the limit the client is made to wait. */
export class HeldRequest {
  readonly chunks: Buffer[] = [];
  trailers: HeaderMap | undefined;
  hasEnded = false;
  isPaused = false;
  readonly #limitBytes: number;
  readonly #pause: () => void;
  #bytes = 0;

  constructor(limitBytes: number, pause: () => void) {
    this.#limitBytes = limitBytes;
    this.#pause = pause;
  }

  addData(chunk: Buffer, endStream: boolean): void {
    this.chunks.push(chunk);
    this.hasEnded = endStream;
    this.#bytes += chunk.length;
    if (this.#bytes < this.#limitBytes || this.isPaused || endStream) return;
    this.isPaused = true;
    this.#pause();
  }

  addTrailers(trailers: HeaderMap): void {
    this.trailers = trailers;
  }
}
