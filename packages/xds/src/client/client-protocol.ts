import type { MethodDefinition } from "@grpc/grpc-js";
import type { Node } from "@weft/api/envoy/config/core/v3/base_pb.js";
import type { SubscribedType } from "./subscribed-type.ts";
import type { XdsUpdate } from "./xds-client.ts";

/** What both variants' requests have in common. */
export interface AnyRequest {
  node?: Node | undefined;
}

/** What both variants' responses have in common. */
export interface AnyResponse {
  readonly typeUrl: string;
  readonly nonce: string;
}

/** One variant of the protocol: translates between a type's state and messages, and sends nothing. */
export interface ClientProtocol<Request extends AnyRequest, Response extends AnyResponse> {
  readonly method: MethodDefinition<Request, Response>;

  /**
   * The request that makes the server's view of the subscription the wanted one, which then counts
   * as requested; `undefined` when nothing has to be said.
   */
  subscribe(type: SubscribedType): Request | undefined;

  /** What a response changes for the receiver. Throws when it cannot be read. */
  read(type: SubscribedType, response: Response): XdsUpdate;

  /** Answers the latest response; `errorMessage` refuses it. */
  answer(type: SubscribedType, errorMessage: string | undefined): Request;
}
