import type { ResponseHead } from "../codec/codec.ts";
import { HeaderMap } from "./header-map.ts";
import type { ResponseFlag } from "./response-flag.ts";

/** A response that the proxy makes itself. */
export interface LocalReply {
  readonly status: number;
  readonly body?: string;
  /** Flat [name, value, …]; names are lower-case. */
  readonly headers?: readonly string[];
  /** Why, for access log and stats: Envoy's response_code_details (`route_not_found`). */
  readonly detail: string;
  readonly flag?: ResponseFlag;
  /** For gRPC callers; derived from `status` when absent. */
  readonly grpcStatus?: number;
}

/** A local reply ready for the wire. */
export interface RenderedReply {
  readonly head: ResponseHead;
  /** Absent for HEAD and for gRPC callers, who get trailers-only. */
  readonly body: Buffer | undefined;
}

/** A gRPC caller gets status 200 with `grpc-status` and `grpc-message`; anybody else plain text. */
export function renderLocalReply(
  reply: LocalReply,
  request: { readonly isGrpc: boolean; readonly isHead: boolean },
): RenderedReply {
  const headers = new HeaderMap(reply.headers === undefined ? [] : reply.headers.slice());
  const text = reply.body ?? "";
  if (request.isGrpc) {
    headers.set("content-type", "application/grpc");
    headers.set("grpc-status", String(reply.grpcStatus ?? grpcStatusOf(reply.status)));
    if (text !== "") headers.set("grpc-message", encodeGrpcMessage(text));
    return { head: { status: 200, headers }, body: undefined };
  }
  if (text === "") {
    if (reply.status >= 200 && reply.status !== 204 && reply.status !== 304) {
      headers.set("content-length", "0");
    }
    return { head: { status: reply.status, headers }, body: undefined };
  }
  const body = Buffer.from(text);
  headers.set("content-length", String(body.length));
  if (!headers.has("content-type")) headers.set("content-type", "text/plain");
  return { head: { status: reply.status, headers }, body: request.isHead ? undefined : body };
}

/** https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md, with Envoy's 429. */
export function grpcStatusOf(httpStatus: number): number {
  switch (httpStatus) {
    case 400:
      return 13;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return 12;
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return 2;
  }
}

/** Percent-encodes what a header may not carry. gRPC over HTTP/2: `Status-Message`. */
export function encodeGrpcMessage(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
