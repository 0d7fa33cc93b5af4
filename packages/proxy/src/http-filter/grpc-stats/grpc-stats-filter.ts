import type { FilterStream, HttpFilter, HttpFilterFactory } from "../../http/filter.ts";
import { GrpcMessageCounter } from "./grpc-message-counter.ts";

/** Counts the messages of gRPC streams, for `istio_request_messages_total` and its twin. */
export function createGrpcStatsFactory(): HttpFilterFactory {
  return (stream) => (stream.info.isGrpc ? new GrpcStatsFilter(stream) : NOTHING_TO_DO);
}

const NOTHING_TO_DO: HttpFilter = {};

class GrpcStatsFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #requests = new GrpcMessageCounter();
  readonly #responses = new GrpcMessageCounter();

  constructor(stream: FilterStream) {
    this.#stream = stream;
  }

  onRequestData(chunk: Buffer): void {
    this.#requests.add(chunk);
    this.#stream.info.grpcRequestMessages = this.#requests.count;
  }

  onResponseData(chunk: Buffer): void {
    this.#responses.add(chunk);
    this.#stream.info.grpcResponseMessages = this.#responses.count;
  }
}
