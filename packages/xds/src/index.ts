/** The xDS transport protocol, both ends; knows type URLs and versions, not what they mean. */
export { createXdsClient } from "./client/create-xds-client.ts";
export type {
  XdsClient,
  XdsClientConfig,
  XdsClientState,
  XdsRejection,
  XdsResource,
  XdsUpdate,
} from "./client/xds-client.ts";
