/** The data plane: an Envoy bootstrap in, a running proxy out. */
export { createProxy, type Proxy, type ProxyConfig, type ProxyEnvironment } from "./proxy.ts";
export { runProxy } from "./run-proxy.ts";
