import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { credentials } from "@grpc/grpc-js";
import { TYPE_URL } from "@weft/api";
import { NodeSchema } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { seededRandom, silentLog, systemClock } from "@weft/core";
import { createXdsClient, resourceTypeOf, type XdsUpdate } from "@weft/xds";
import { createFileConfigSource } from "../src/config-source/index.ts";
import { createControlPlane } from "../src/control-plane.ts";
import { formatProblem } from "../src/ingest/format-problem.ts";
import { translateProxy } from "../src/translate/index.ts";
import { until } from "./control-plane-fixture.ts";

const LIMIT = { timeout: 20_000 };

const SERVICES = `
apiVersion: v1
kind: Service
metadata: { name: reviews }
spec: { selector: { app: reviews }, ports: [{ name: http, port: 9080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: ratings }
spec: { selector: { app: ratings }, ports: [{ name: http, port: 9080 }] }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews }
spec:
  host: reviews
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]
`;

const route = (v1: number, v2: number) => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: [reviews]
  http:
    - route:
        - { destination: { host: reviews, subset: v1 }, weight: ${v1} }
        - { destination: { host: reviews, subset: v2 }, weight: ${v2} }
`;

const pod = (name: string, address: string, version: string) => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: default, labels: { app: reviews, version: ${version} } }
spec:
  serviceAccountName: reviews
  containers: [{ name: app, image: example.com/reviews, ports: [{ containerPort: 9080 }] }]
status: { podIP: ${address}, conditions: [{ type: Ready, status: "True" }] }
`;

test("a changed weight pushes routes alone, a new pod endpoints alone", LIMIT, async (t) => {
  const { write, updates, hasSettled } = await setUp(t);
  await until(() => hasSettled());
  updates.length = 0;
  await write("route.yaml", route(90, 10));
  await until(() => updates.length > 0);
  assert.deepEqual([...new Set(changedTypes(updates))], ["RDS"]);
  updates.length = 0;
  await write("pod-1.yaml", pod("reviews-v2-0", "192.0.2.12", "v2"));
  await until(() => updates.length > 0);
  assert.deepEqual([...new Set(changedTypes(updates))], ["EDS"]);
});

test("a broken file is told with its place, and what it said before stays", LIMIT, async (t) => {
  const { write, updates, problems, hasSettled } = await setUp(t);
  await until(() => hasSettled());
  updates.length = 0;
  await write("route.yaml", route(90, 10).replace("weight: 90", "wieght: 90"));
  await until(() => problems().length > 0);
  assert.match(problems()[0] ?? "", /route\.yaml:9:\d+: error UnknownField .*wieght/);
  await write("route.yaml", route(50, 50).replace("hosts: [reviews]", "hosts: [reviews]  # same"));
  await until(() => problems().length === 0);
  // The last good version was this very one, so nothing was or is to be pushed.
  assert.deepEqual(changedTypes(updates), []);
});

function changedTypes(updates: readonly XdsUpdate[]): readonly (string | undefined)[] {
  return updates
    .filter(({ changed, removed }) => changed.length + removed.length > 0)
    .map(({ typeUrl }) => resourceTypeOf(typeUrl)?.shortName);
}

async function setUp(t: { after(callback: () => Promise<void>): void }) {
  const folder = await mkdtemp(join(tmpdir(), "weft-change-"));
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  await write("services.yaml", SERVICES);
  await write("route.yaml", route(50, 50));
  await write("pod-0.yaml", pod("reviews-v1-0", "192.0.2.11", "v1"));
  let problems: readonly string[] = [];
  const plane = await createControlPlane({
    stateFolder: await mkdtemp(join(folder, ".state-")),
    address: "127.0.0.1",
    ports: { xds: 0, plaintextXds: 0, http: 0 },
    trustDomain: "cluster.local",
    workloadCertificateLifetimeMs: 3_600_000,
    clock: systemClock,
    log: silentLog,
    openSource: (onMesh) =>
      createFileConfigSource({
        paths: [folder],
        clock: systemClock,
        log: silentLog,
        onChange: (reading) => onMesh(reading.mesh, reading.problems),
      }),
    translate: ({ mesh, registry }, proxy) => translateProxy(mesh, registry, proxy),
    onProblems: (all) => {
      problems = all.map(formatProblem);
    },
  });
  const { xds, updates } = openProxy(plane.ports.plaintextXds ?? 0);
  t.after(async () => {
    xds.close();
    await plane.close();
    await rm(folder, { recursive: true });
  });
  const heard = new Set<string>();
  return {
    write,
    updates,
    problems: () => problems,
    hasSettled: () => {
      for (const { typeUrl, changed } of updates) if (changed.length > 0) heard.add(typeUrl);
      return heard.size === 4;
    },
  };
}

function openProxy(port: number) {
  const updates: XdsUpdate[] = [];
  const { cluster, endpoint, listener, route: routes } = TYPE_URL;
  const xds = createXdsClient({
    node: create(NodeSchema, {
      id: "sidecar~192.0.2.20~productpage-v1-0.default~default.svc.cluster.local",
      metadata: {
        NAMESPACE: "default",
        SERVICE_ACCOUNT: "productpage",
        INTERCEPTION_MODE: "NONE",
        HTTP_PROXY_PORT: "15001",
        WEFT_VERSION: "0.1.0",
      },
    }),
    target: `127.0.0.1:${port}`,
    credentials: () => credentials.createInsecure(),
    clock: systemClock,
    random: seededRandom(1),
    mode: "delta",
    onUpdate(update) {
      updates.push(update);
      return [];
    },
  });
  xds.subscribe(cluster, "*");
  xds.subscribe(endpoint, "*");
  xds.subscribe(listener, "*");
  xds.subscribe(routes, "*");
  xds.start();
  return { xds, updates };
}
