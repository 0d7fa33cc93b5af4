import type { Bootstrap } from "@weft/api/envoy/config/bootstrap/v3/bootstrap_pb.js";
import type { Clock, Log, Random } from "@weft/core";
import type { SecretSource } from "../transport/secret-source.ts";
import { createCertificateClient } from "./certificate-client.ts";
import {
  type ControlPlaneAddress,
  toChannelCredentials,
  toChannelOptions,
} from "./control-plane-address.ts";
import { IdentityAgent } from "./identity-agent.ts";
import { combineSecretSources, createStaticSecrets } from "./secret-sources.ts";

/** The proxy's secrets and how it comes by them. */
export interface Identity {
  readonly secrets: SecretSource;
  /** The certificate is there, or none is needed. */
  readonly isReady: boolean;
  start(): void;
  /** Calls `run` when ready, at once if it is. */
  whenReady(run: () => void): void;
  close(): void;
}

/** What an identity needs. */
export interface IdentityDependencies {
  readonly joinToken: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * The bootstrap's static secrets; and where its control plane wants a client certificate, an agent
 * that gets one there and gives it out as `default` and `ROOTCA`.
 */
export function createIdentity(
  bootstrap: Bootstrap,
  controlPlane: ControlPlaneAddress | undefined,
  dependencies: IdentityDependencies,
): Identity {
  const ownSecrets = createStaticSecrets(bootstrap.staticResources?.secrets ?? []);
  const name = controlPlane?.tls?.certificateName;
  if (controlPlane === undefined || name === undefined || ownSecrets.get(name) !== undefined)
    return withoutAgent(ownSecrets);
  const agent = createIdentityAgent(controlPlane, dependencies);
  const secrets = combineSecretSources([ownSecrets, agent]);
  return {
    secrets,
    get isReady() {
      return secrets.get(name) !== undefined;
    },
    start: () => agent.start(),
    whenReady(run) {
      if (secrets.get(name) !== undefined) {
        run();
        return;
      }
      const unsubscribe = secrets.onChange((changed) => {
        if (changed !== name) return;
        unsubscribe();
        run();
      });
    },
    close: () => agent.close(),
  };
}

/** An agent that asks the CA at the control plane's address. */
export function createIdentityAgent(
  controlPlane: ControlPlaneAddress,
  dependencies: IdentityDependencies,
): IdentityAgent {
  const { tls, target } = controlPlane;
  const agent: IdentityAgent = new IdentityAgent({
    ...dependencies,
    readRoots: () => tls?.readRoots() ?? Buffer.alloc(0),
    requestCertificate: createCertificateClient({
      target,
      credentials: () => toChannelCredentials(controlPlane, agent),
      channelOptions: toChannelOptions(controlPlane),
      clock: dependencies.clock,
    }),
  });
  return agent;
}

function withoutAgent(secrets: SecretSource): Identity {
  return { secrets, isReady: true, start() {}, whenReady: (run) => run(), close() {} };
}
