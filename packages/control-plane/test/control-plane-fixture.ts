/** A control plane in this process, and workloads that join it as sidecars do. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { TYPE_URL, type TypeUrl } from "@weft/api";
import { ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { NodeSchema } from "@weft/api/envoy/config/core/v3/base_pb.js";
import {
  IstioCertificateRequestSchema,
  type IstioCertificateResponse,
  IstioCertificateService,
} from "@weft/api/istio/v1/auth/ca_pb.js";
import { seededRandom, silentLog, systemClock } from "@weft/core";
import { createXdsClient, toMethodDefinition, type XdsRejection, type XdsUpdate } from "@weft/xds";
import { PemConverter, Pkcs10CertificateRequestGenerator } from "../src/ca/x509.ts";
import { type ControlPlane, createControlPlane } from "../src/control-plane.ts";
import type { Mesh } from "../src/model/mesh.ts";
import type { OnMesh } from "../src/snapshot/config-source.ts";

/** What the tests clean up with. */
export interface TestContext {
  after(callback: () => Promise<void> | void): void;
}

/** A started control plane, its mesh in the test's hand: each service name becomes a cluster. */
export interface Fixture {
  readonly plane: ControlPlane;
  readonly state: string;
  /** Stops the control plane and starts another one on the same port and folder. */
  restart(): Promise<void>;
  /** Name → connect timeout in seconds. */
  setClusters(clusters: Readonly<Record<string, number>>): void;
  page(path: string): Promise<string>;
}

const SERVER_NAME = "istiod.istio-system.svc";
const IDENTITY = "spiffe://cluster.local/ns/default/sa/reviews";

/** Starts a control plane on free ports, with a source and a translation of the test's own. */
export async function startControlPlane(
  t: TestContext,
  clusters: Readonly<Record<string, number>>,
): Promise<Fixture> {
  const state = await mkdtemp(join(tmpdir(), "weft-control-plane-"));
  let current = clusters;
  let onMesh: OnMesh = () => {};
  const start = (xdsPort: number) =>
    createControlPlane({
      stateFolder: state,
      address: "127.0.0.1",
      ports: { xds: xdsPort, plaintextXds: undefined, http: 0 },
      trustDomain: "cluster.local",
      workloadCertificateLifetimeMs: 3_600_000,
      clock: systemClock,
      log: silentLog,
      openSource(tell) {
        onMesh = tell;
        return { start: async () => tell(makeMesh(), []), close: async () => {} };
      },
      translate: () => ({
        listeners: [],
        routes: [],
        endpoints: [],
        problems: [],
        clusters: Object.entries(current).map(([name, seconds]) =>
          create(ClusterSchema, { name, connectTimeout: { seconds: BigInt(seconds) } }),
        ),
      }),
    });
  let plane = await start(0);
  t.after(async () => {
    await plane.close();
    await rm(state, { recursive: true });
  });
  return {
    get plane() {
      return plane;
    },
    state,
    async restart() {
      await plane.close();
      plane = await start(plane.ports.xds);
    },
    setClusters(next) {
      current = next;
      onMesh(makeMesh(), []);
    },
    async page(path) {
      const response = await fetch(`http://127.0.0.1:${plane.ports.http}${path}`);
      return await response.text();
    },
  };
}

/** Lays down a join token as the launcher does. */
export async function layDownToken(state: string, identity = IDENTITY): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  const digest = createHash("sha256").update(token).digest("hex");
  const grant = { identity, pod: "default/reviews-v1-0", expiresAtMs: Date.now() + 60_000 };
  await writeFile(join(state, "run", "tokens", `${digest}.json`), JSON.stringify(grant));
  return token;
}

/** A key with the certificates that vouch for it. */
export interface Certified {
  readonly keyPem: string;
  readonly chain: readonly string[];
}

/** Asks the certificate service for a certificate, by token or by a present certificate. */
export async function certify(
  fixture: Fixture,
  proof: { readonly token?: string; readonly present?: Certified },
): Promise<Certified> {
  const { keyPem, csr } = await makeRequest();
  const { chain } = await new Promise<{ chain: readonly string[] }>((resolve, reject) => {
    void channelCredentials(fixture, proof.present).then((channel) => {
      const client = new Client(`127.0.0.1:${fixture.plane.ports.xds}`, channel, CHANNEL_OPTIONS);
      const metadata = new Metadata();
      if (proof.token !== undefined) metadata.set("authorization", `Bearer ${proof.token}`);
      const method = toMethodDefinition(IstioCertificateService.method.createCertificate);
      const answer = (error: ServiceError | null, response?: IstioCertificateResponse) => {
        client.close();
        if (error !== null) reject(error);
        else resolve({ chain: response?.certChain ?? [] });
      };
      const { path, requestSerialize, responseDeserialize } = method;
      const request = create(IstioCertificateRequestSchema, { csr });
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        answer,
      );
    }, reject);
  });
  return { keyPem, chain };
}

const CHANNEL_OPTIONS = {
  "grpc.ssl_target_name_override": SERVER_NAME,
  "grpc.default_authority": SERVER_NAME,
  "grpc.use_local_subchannel_pool": 1,
};

async function channelCredentials({ state }: Fixture, certified: Certified | undefined) {
  const root = await readFile(join(state, "ca", "root-cert.pem"));
  if (certified === undefined) return credentials.createSsl(root);
  const chain = Buffer.from(certified.chain[0] ?? "");
  return credentials.createSsl(root, Buffer.from(certified.keyPem), chain);
}

async function makeRequest(): Promise<{ readonly keyPem: string; readonly csr: string }> {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };
  const request = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const keyPem = PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag);
  return { keyPem, csr: request.toString("pem") };
}

/** A sidecar's xDS stream, with what it was told. */
export async function openProxy(
  t: TestContext,
  fixture: Fixture,
  options: {
    readonly certified?: Certified;
    readonly serviceAccount?: string;
    readonly reject?: (update: XdsUpdate) => readonly XdsRejection[];
  },
) {
  const { certified, serviceAccount = "reviews", reject = () => [] } = options;
  const channel = await channelCredentials(fixture, certified);
  const updates: XdsUpdate[] = [];
  const reasons: string[] = [];
  const clusters = new Map<string, string>();
  const xds = createXdsClient({
    node: create(NodeSchema, {
      id: "sidecar~192.0.2.7~reviews-v1-0.default~default.svc.cluster.local",
      metadata: { NAMESPACE: "default", SERVICE_ACCOUNT: serviceAccount },
    }),
    target: `127.0.0.1:${fixture.plane.ports.xds}`,
    credentials: () => channel,
    channelOptions: CHANNEL_OPTIONS,
    clock: systemClock,
    random: seededRandom(1),
    mode: "delta",
    onUpdate(update) {
      updates.push(update);
      if (update.typeUrl === TYPE_URL.cluster) {
        for (const { name, version } of update.changed) clusters.set(name, version);
        for (const name of update.removed) clusters.delete(name);
      }
      return reject(update);
    },
    onStateChange: (_state, reason) => reasons.push(reason),
  });
  t.after(() => xds.close());
  for (const typeUrl of [TYPE_URL.cluster, TYPE_URL.listener] satisfies TypeUrl[]) {
    xds.subscribe(typeUrl, "*");
  }
  xds.subscribe(TYPE_URL.route, ["80"]);
  xds.start();
  return { xds, updates, reasons, clusters };
}

/** Looks again and again until `isTrue`; the test's own time limit ends it. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** An empty mesh; a new object each time. */
function makeMesh(): Mesh {
  return {
    config: {
      origin: undefined,
      trustDomain: "cluster.local",
      rootNamespace: "istio-system",
      clusterDomain: "cluster.local",
      outboundTrafficPolicy: "ALLOW_ANY",
      enableAutoMtls: true,
      accessLogFile: "",
      accessLogEncoding: "TEXT",
      accessLogFormat: "",
      connectTimeoutMs: 10_000,
      defaultHttpRetryPolicy: undefined,
      protocolDetectionTimeoutMs: 0,
      h2UpgradePolicy: "DO_NOT_UPGRADE",
    },
    services: [],
    workloads: [],
    virtualServices: [],
    destinationRules: [],
    gateways: [],
    peerAuthentications: [],
  };
}
