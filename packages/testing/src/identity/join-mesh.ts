import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import {
  IstioCertificateRequestSchema,
  IstioCertificateResponseSchema,
} from "@weft/api/istio/v1/auth/ca_pb.js";
import { readMeshRecord } from "../mesh/mesh-file.ts";
import {
  type Credentials,
  createKeyPair,
  privateKeyPem,
  signingRequestPem,
} from "./test-authority.ts";

const METHOD = "/istio.v1.auth.IstioCertificateService/CreateCertificate";
const SERVER_NAME = "istiod.istio-system.svc";

/** An identity of the mesh, and the root to verify others with. */
export interface MeshCredentials extends Credentials {
  readonly ca: string;
}

/**
 * Lays down a join token as the launcher does: whoever shows it first gets a certificate for
 * `identity`, a SPIFFE id.
 */
export function createJoinToken(state: string, identity: string): string {
  const token = randomBytes(32).toString("base64url");
  const folder = join(state, "run", "tokens");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = `${createHash("sha256").update(token).digest("hex")}.json`;
  const record = { identity, pod: "default/test", expiresAtMs: Date.now() + 60_000 };
  writeFileSync(join(folder, name), JSON.stringify(record), { mode: 0o600 });
  return token;
}

/** Gets a workload certificate of the mesh, with a token, as a sidecar would. */
export async function joinMesh(state: string, token: string): Promise<MeshCredentials> {
  const ca = readFileSync(join(state, "ca", "root-cert.pem"), "utf8");
  const { publicKey, privateKey } = createKeyPair();
  const chain = await askForSignature(state, ca, token, signingRequestPem(publicKey, privateKey));
  return { ca, cert: chain.join("\n"), key: privateKeyPem(privateKey) };
}

function askForSignature(
  state: string,
  ca: string,
  token: string,
  csr: string,
): Promise<readonly string[]> {
  const { address } = readMeshRecord(state).controlPlane;
  const client = new Client(`${address}:15012`, credentials.createSsl(Buffer.from(ca)), {
    "grpc.ssl_target_name_override": SERVER_NAME,
    "grpc.default_authority": SERVER_NAME,
  });
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  const message = create(IstioCertificateRequestSchema, { csr, validityDuration: 3600n });
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  client.makeUnaryRequest(
    METHOD,
    (value: typeof message) => Buffer.from(toBinary(IstioCertificateRequestSchema, value)),
    (bytes) => fromBinary(IstioCertificateResponseSchema, bytes),
    message,
    metadata,
    { deadline: Date.now() + 10_000 },
    (error, response) => {
      client.close();
      if (error !== null) reject(error);
      else resolve(response?.certChain ?? []);
    },
  );
  return promise;
}
