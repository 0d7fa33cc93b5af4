/** The form of each resource kind that Weft understands: the whole document, `apiVersion` to `status`. */
export { deployment } from "./deployment.ts";
export { destinationRule, portTrafficPolicy, trafficPolicy } from "./destination-rule.ts";
export { gateway, gatewayProtocols } from "./gateway.ts";
export { meshConfig, meshConfigMap } from "./mesh-config.ts";
export { documentFields, metadata } from "./metadata.ts";
export { namespace } from "./namespace.ts";
export { peerAuthentication } from "./peer-authentication.ts";
export { pod, podSpec } from "./pod.ts";
export { service } from "./service.ts";
export { serviceAccount } from "./service-account.ts";
export { serviceEntry } from "./service-entry.ts";
export {
  destination,
  httpRetry,
  httpRoute,
  stringMatch,
  virtualService,
} from "./virtual-service.ts";
