import type { XdsClient, XdsClientConfig } from "./xds-client.ts";

/** A client that is not started yet. */
export function createXdsClient(_config: XdsClientConfig): XdsClient {
  throw new Error("not connected to a transport yet");
}
