/** The data plane: an Envoy bootstrap in, a running proxy out. */
export {
  createProxy,
  type ProxyConfig,
  type ProxyEnvironment,
  type RunningProxy,
} from "./proxy.ts";
export { runProxy } from "./run-proxy.ts";
