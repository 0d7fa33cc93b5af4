/**
 * Counts length-prefixed gRPC messages in one direction without keeping their bytes:
 *
 *   +--------+----------------------+- - - - -
 *   | flag 1 | length 4, big endian | message
 *   +--------+----------------------+- - - - -
 *
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export class GrpcMessageCounter {
  #prefixBytes = 0;
  #length = 0;
  #remainingBytes = 0;
  /** Messages that have begun. */
  count = 0;

  add(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#remainingBytes > 0) {
        const skipped = Math.min(this.#remainingBytes, chunk.length - at);
        this.#remainingBytes -= skipped;
        at += skipped;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (this.#prefixBytes > 0) this.#length = this.#length * 256 + byte;
      this.#prefixBytes += 1;
      if (this.#prefixBytes < 5) continue;
      this.count += 1;
      this.#remainingBytes = this.#length;
      this.#prefixBytes = 0;
      this.#length = 0;
    }
  }
}
