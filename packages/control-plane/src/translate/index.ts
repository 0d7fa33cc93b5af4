/**
 * From what users mean to what proxies obey: model → Envoy v3 messages, with Istio's names and meaning.
 * Pure functions; `push` calls {@link translateProxy} for each connected proxy, `weft translate` prints
 * its result with {@link toJson}.
 */
export { parseProxyNode } from "./proxy-node.ts";
export type { ProxyResources } from "./proxy-resources.ts";
export { toJson } from "./resources-json.ts";
export { translateProxy } from "./translate-proxy.ts";
