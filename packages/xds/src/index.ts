/** The xDS transport protocol, both ends; knows type URLs and versions, not what they mean. */
export { createXdsClient } from "./client/create-xds-client.ts";
export type {
  XdsClient,
  XdsClientConfig,
  XdsClientState,
  XdsRejection,
  XdsUpdate,
} from "./client/xds-client.ts";
export { toMethodDefinition, toServiceDefinition } from "./grpc/service-definition.ts";
export { RESOURCE_TYPES, type ResourceType, resourceTypeOf } from "./resource-type.ts";
export type { RequestVerdict } from "./server/type-session.ts";
export type { XdsRequest, XdsResponse, XdsVariant } from "./server/xds-message.ts";
export {
  createXdsServer,
  type XdsConnection,
  type XdsPeer,
  type XdsServer,
  type XdsServerConfig,
} from "./server/xds-server.ts";
export { XdsSession, type XdsSessionConfig, type XdsTypeStatus } from "./server/xds-session.ts";
export { resourceVersion, type XdsResource, type XdsResources } from "./xds-resource.ts";
