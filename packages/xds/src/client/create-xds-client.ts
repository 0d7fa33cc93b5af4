import type { AnyRequest, AnyResponse, ClientProtocol } from "./client-protocol.ts";
import { deltaProtocol } from "./delta-protocol.ts";
import { sotwProtocol } from "./sotw-protocol.ts";
import type { XdsClient, XdsClientConfig } from "./xds-client.ts";
import { XdsStreamClient } from "./xds-stream-client.ts";

/** A client that is not started yet. */
export function createXdsClient(config: XdsClientConfig): XdsClient {
  return config.mode === "delta" ? open(config, deltaProtocol) : open(config, sotwProtocol);
}

function open<Request extends AnyRequest, Response extends AnyResponse>(
  config: XdsClientConfig,
  protocol: ClientProtocol<Request, Response>,
): XdsClient {
  return new XdsStreamClient(config, protocol);
}
