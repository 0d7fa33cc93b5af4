import { create } from "@bufbuild/protobuf";
import {
  type SdsSecretConfig,
  SdsSecretConfigSchema,
} from "@weft/api/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import { sdsConfigSource } from "../message/config-source.ts";

/** Istio's names of the two secrets that every proxy of the mesh holds. */
export const SECRET = { workloadCertificate: "default", meshRoots: "ROOTCA" } as const;

/** Names a secret that the proxy's identity agent serves. */
export function agentSecret(name: string): SdsSecretConfig {
  return create(SdsSecretConfigSchema, { name, sdsConfig: sdsConfigSource() });
}
