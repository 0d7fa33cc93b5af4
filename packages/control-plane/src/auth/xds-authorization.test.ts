import assert from "node:assert/strict";
import { webcrypto, X509Certificate } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { create, type JsonObject } from "@bufbuild/protobuf";
import { NodeSchema } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { systemClock, toSpiffeId } from "@weft/core";
import { openCertificateAuthority } from "../ca/certificate-authority.ts";
import { PublicKey } from "../ca/x509.ts";
import { type AuthorizeXds, createXdsAuthorization } from "./xds-authorization.ts";

const ID = "sidecar~192.0.2.7~reviews-v1-0.default~default.svc.cluster.local";
const METADATA = { NAMESPACE: "default", SERVICE_ACCOUNT: "reviews" };

describe("who may have a node's configuration", () => {
  let folder: string;
  let certificate: Uint8Array;
  let authorize: AuthorizeXds;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "weft-auth-"));
    const trustDomain = "cluster.local";
    const ca = await openCertificateAuthority({
      folder,
      trustDomain,
      workloadLifetimeMs: 60_000,
      clock: systemClock,
    });
    const identity = toSpiffeId({ trustDomain, namespace: "default", serviceAccount: "reviews" });
    const pem = await ca.signWorkload({ publicKey: await makePublicKey(), identity });
    certificate = new X509Certificate(pem).raw;
    const root = new X509Certificate(ca.rootCertificatePem);
    authorize = createXdsAuthorization({ root, trustDomain, clock: systemClock });
  });
  after(() => rm(folder, { recursive: true }));

  const ask = (id: string, metadata: JsonObject, der: Uint8Array | undefined = certificate) =>
    authorize({
      node: create(NodeSchema, { id, metadata }),
      certificate: der,
      address: "192.0.2.7:4000",
    });

  test("the workload itself", () => assert.equal(ask(ID, METADATA), undefined));

  test("nobody without a certificate", () => {
    const node = create(NodeSchema, { id: ID, metadata: METADATA });
    assert.match(
      String(authorize({ node, certificate: undefined, address: "192.0.2.7:4000" })),
      /client certificate of this mesh is needed/,
    );
  });

  for (const [who, id, metadata] of [
    ["another service account", ID, { ...METADATA, SERVICE_ACCOUNT: "ratings" }],
    ["another namespace", ID.replace(".default~", ".prod~"), { SERVICE_ACCOUNT: "reviews" }],
    ["a namespace in the metadata alone", ID, { ...METADATA, NAMESPACE: "prod" }],
    ["no service account", ID, { NAMESPACE: "default" }],
    ["an id of no known form", "somebody", METADATA],
    ["an id with too many parts", `${ID}~more`, METADATA],
  ] as const) {
    test(`nobody who says ${who}`, () => assert.equal(typeof ask(id, metadata), "string"));
  }
});

async function makePublicKey(): Promise<PublicKey> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { publicKey } = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return new PublicKey(await webcrypto.subtle.exportKey("spki", publicKey));
}
