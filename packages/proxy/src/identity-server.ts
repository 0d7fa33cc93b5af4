import type { Bootstrap } from "@weft/api/envoy/config/bootstrap/v3/bootstrap_pb.js";
import { ConfigError, createLog } from "@weft/core";
import { parseControlPlaneAddress } from "./identity/control-plane-address.ts";
import { createIdentityAgent } from "./identity/create-identity.ts";
import { CERTIFICATE_NAME } from "./identity/identity-agent.ts";
import { createSecretServer } from "./identity/secret-server.ts";
import type { ProxyEnvironment, RunningProxy } from "./proxy.ts";

/** What an identity server is started with: the bootstrap is that of the Envoy beside it. */
export interface IdentityServerConfig {
  readonly bootstrap: Bootstrap;
  readonly joinToken: string | undefined;
  readonly sdsSocketPath: string;
}

/** The mode beside a stock Envoy: holds and renews the identity, serves it by SDS, proxies nothing. */
export function createIdentityServer(
  { bootstrap, joinToken, sdsSocketPath }: IdentityServerConfig,
  { clock, random, write }: ProxyEnvironment,
): Pick<RunningProxy, "start" | "state" | "close"> {
  const controlPlane = parseControlPlaneAddress(bootstrap);
  if (controlPlane?.tls === undefined)
    throw new ConfigError("dynamic_resources.ads_config", "must lead to a control plane over TLS");
  const log = createLog("identity", clock, write);
  const agent = createIdentityAgent(controlPlane, { joinToken, clock, random, log });
  const server = createSecretServer(agent, clock);
  return {
    async start() {
      await server.listen(sdsSocketPath);
      agent.start();
    },
    get state() {
      return agent.get(CERTIFICATE_NAME) === undefined ? "PRE_INITIALIZING" : "LIVE";
    },
    async close() {
      agent.close();
      await server.close();
    },
  };
}
