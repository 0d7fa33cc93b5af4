import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import {
  createRegistry,
  type Mesh,
  parseProxyNode,
  toJson,
  translateProxy,
} from "@weft/control-plane";
import { createTestAuthority } from "@weft/testing/end-to-end";
import {
  RECORDED_CASES,
  RECORDED_PROXIES,
} from "../../packages/control-plane/src/translate/conformance/recorded-cases.ts";
import {
  HAS_RECORDINGS,
  recordedMesh,
} from "../../packages/control-plane/src/translate/conformance/recorded-input.ts";
import {
  meshFromYaml,
  podYaml,
  readYaml,
} from "../../packages/control-plane/src/translate/testing/mesh-from-yaml.ts";
import { requirePart } from "../../scripts/part.ts";
import { BOOKINFO, CONFORMANCE } from "../fixtures/test-mesh.ts";
import { buildStaticBootstrap } from "./static-bootstrap.ts";

const folder = mkdtempSync(join(tmpdir(), "weft-validate-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const files = writeCertificates();

const SAMPLES = join(CONFORMANCE, "istio/samples/bookinfo");
const NODES = {
  "an explicit sidecar": {
    id: "sidecar~192.0.2.10~productpage-v1-0.default~default.svc.cluster.local",
    metadata: {
      LABELS: { app: "productpage", version: "v1" },
      INTERCEPTION_MODE: "NONE",
      HTTP_PROXY_PORT: "15001",
    },
  },
  "a capturing sidecar": {
    id: "sidecar~192.0.2.10~productpage-v1-0.default~default.svc.cluster.local",
    metadata: { LABELS: { app: "productpage", version: "v1" } },
  },
  "a gateway": {
    id: "router~192.0.2.20~istio-ingressgateway-0.istio-system~istio-system.svc.cluster.local",
    metadata: { LABELS: { istio: "ingressgateway" }, WEFT_BIND_ADDRESS: "127.0.0.1" },
  },
} as const;

for (const recorded of RECORDED_CASES) {
  for (const [proxy, node] of Object.entries(RECORDED_PROXIES)) {
    test(
      `Envoy takes what ${proxy} gets for ${recorded.name}`,
      { skip: !HAS_RECORDINGS },
      (context) => validate(requirePart(context, "envoy"), recordedMesh(recorded), node),
    );
  }
}

for (const sample of networkingSamples()) {
  for (const [proxy, node] of Object.entries(NODES)) {
    test(`Envoy takes what ${proxy} gets for Istio's ${sample}`, (context) =>
      validate(requirePart(context, "envoy"), sampleMesh(sample), node));
  }
}

for (const exercise of ["", ...readdirSync(join(BOOKINFO, "exercises"))]) {
  for (const [proxy, node] of Object.entries(NODES)) {
    test(`Envoy takes what ${proxy} gets for the example ${exercise}`, (context) =>
      validate(requirePart(context, "envoy"), exampleMesh(exercise), node));
  }
}

async function validate(
  envoy: string | undefined,
  mesh: Mesh,
  node: Parameters<typeof parseProxyNode>[0],
): Promise<void> {
  if (envoy === undefined) return;
  const { problems: _, ...resources } = translateProxy(
    mesh,
    createRegistry(mesh),
    parseProxyNode(node),
  );
  const json = toJson({ problems: [], ...resources });
  assert(countClusters(json) > 0, "nothing to validate");
  const path = join(folder, "bootstrap.json");
  writeFileSync(path, JSON.stringify(buildStaticBootstrap(json, files)));
  const { code, output } = await runToFile(envoy, [
    "--mode",
    "validate",
    "-c",
    path,
    "-l",
    "error",
  ]);
  assert.equal(code, 0, output);
  assert.match(output, /OK$/m);
}

/** Into a file: Envoy opens `/dev/stdout` for its access log, which a socket does not allow. */
async function runToFile(command: string, parameters: readonly string[]) {
  const path = join(folder, "output.log");
  const file = openSync(path, "w");
  const child = spawn(command, parameters, { stdio: ["ignore", file, file] });
  const [code] = await once(child, "exit");
  closeSync(file);
  return { code, output: readFileSync(path, "utf8") };
}

function countClusters(resources: JsonValue): number {
  return (resources as unknown as { readonly clusters: readonly JsonValue[] }).clusters.length;
}

/** Each that only routes, on top of the gateway and the subsets. */
function networkingSamples(): readonly string[] {
  if (!HAS_RECORDINGS) return [];
  return readdirSync(join(SAMPLES, "networking")).filter((name) =>
    /^(virtual-service|fault-injection)-.*\.yaml$/.test(name),
  );
}

function sampleMesh(sample: string): Mesh {
  const shared = ["bookinfo-gateway.yaml", "destination-rule-all.yaml", sample];
  const paths = ["kube/bookinfo.yaml", ...shared.map((name) => `networking/${name}`)];
  return meshFromYaml({ ...readYaml(SAMPLES, ...paths), ...PODS });
}

function exampleMesh(exercise: string): Mesh {
  const base = readYaml(BOOKINFO, "mesh");
  const own = exercise === "" ? {} : readYaml(BOOKINFO, `exercises/${exercise}`);
  return meshFromYaml({ ...base, ...own, ...PODS });
}

const PODS = Object.fromEntries(
  ["productpage-v1", "details-v1", "reviews-v1", "reviews-v2", "reviews-v3", "ratings-v1"].map(
    (workload, index) => {
      const [app = "", version = ""] = workload.split("-");
      const pod = podYaml({
        name: `${workload}-0`,
        namespace: "default",
        address: `192.0.2.${10 + index}`,
        serviceAccount: `bookinfo-${app}`,
        labels: { app, version },
        port: 9080,
      });
      return [`pod-${workload}.yaml`, pod];
    },
  ),
);

function writeCertificates() {
  const authority = createTestAuthority();
  const { cert, key } = authority.issue("spiffe://test/ns/a/sa/b");
  const paths = {
    certificate: join(folder, "certificate.pem"),
    key: join(folder, "key.pem"),
    roots: join(folder, "roots.pem"),
  };
  writeFileSync(paths.certificate, cert);
  writeFileSync(paths.key, key);
  writeFileSync(paths.roots, authority.rootPem);
  return paths;
}
