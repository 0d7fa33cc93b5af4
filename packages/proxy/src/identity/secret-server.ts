/**
 * SDS for a stock Envoy that stands beside this process: the workload's certificate and the mesh's
 * roots, over a Unix socket that only the owner can open, renewed as the agent renews them.
 */
import { chmodSync, rmSync } from "node:fs";
import { create, toBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { TYPE_URL } from "@weft/api";
import { SecretSchema } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import { type Clock, MeshError } from "@weft/core";
import { createXdsServer, resourceVersion, type XdsResource, type XdsResources } from "@weft/xds";
import type { Secret, SecretSource } from "../transport/secret-source.ts";
import { CERTIFICATE_NAME, ROOT_NAME } from "./identity-agent.ts";

/** Serves until closed. */
export interface SecretServer {
  /** Replaces a socket that a predecessor left behind. Rejects with `MeshError`. */
  listen(socketPath: string): Promise<void>;
  close(): Promise<void>;
}

/** A server of what `source` has. Nothing is answered before the certificate is there. */
export function createSecretServer(source: SecretSource, clock: Clock): SecretServer {
  const xds = createXdsServer({
    clock,
    controlPlaneId: "weft-identity",
    // Who can open the socket is the owner; the node's word adds nothing.
    authorize: () => undefined,
    onConnect: (connection) => {
      const resources = encodeSecrets(source);
      if (resources !== undefined) connection.session.update(resources, "1");
    },
    onDisconnect: () => {},
  });
  let pushCount = 1;
  const unsubscribe = source.onChange(() => {
    const resources = encodeSecrets(source);
    if (resources === undefined) return;
    pushCount += 1;
    for (const { session } of xds.connections) session.update(resources, String(pushCount));
  });
  const server = new Server();
  xds.addSecretsTo(server);
  let boundPath: string | undefined;
  return {
    async listen(socketPath) {
      rmSync(socketPath, { force: true });
      await bind(server, socketPath);
      boundPath = socketPath;
      chmodSync(socketPath, 0o600);
    },
    async close() {
      unsubscribe();
      xds.close("the identity agent ends");
      server.forceShutdown();
      if (boundPath !== undefined) rmSync(boundPath, { force: true });
      boundPath = undefined;
    },
  };
}

async function bind(server: Server, socketPath: string): Promise<void> {
  const bound = Promise.withResolvers<void>();
  // The socket exists before its mode can be set; until then the mask keeps others out.
  const mask = process.umask(0o177);
  server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) => {
    process.umask(mask);
    if (error === null) bound.resolve();
    else bound.reject(new MeshError("bind", `cannot listen on ${socketPath}: ${error.message}`));
  });
  await bound.promise;
}

/** `undefined` while the certificate is missing: Envoy then waits instead of being told "none". */
function encodeSecrets(source: SecretSource): XdsResources | undefined {
  const resources = new Map<string, XdsResource>();
  for (const name of [CERTIFICATE_NAME, ROOT_NAME]) {
    const secret = source.get(name);
    if (secret === undefined) return undefined;
    const bytes = encodeSecret(name, secret);
    resources.set(name, { name, version: resourceVersion(bytes), bytes });
  }
  return new Map([[TYPE_URL.secret, resources]]);
}

function encodeSecret(name: string, secret: Secret): Uint8Array {
  const inline = (value: string) => ({
    specifier: { case: "inlineBytes" as const, value: Buffer.from(value) },
  });
  const message =
    secret.kind === "certificate"
      ? create(SecretSchema, {
          name,
          type: {
            case: "tlsCertificate",
            value: {
              certificateChain: inline(secret.certificateChainPem),
              privateKey: inline(secret.privateKeyPem),
            },
          },
        })
      : create(SecretSchema, {
          name,
          type: { case: "validationContext", value: { trustedCa: inline(secret.trustedCaPem) } },
        });
  return toBinary(SecretSchema, message);
}
