import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { createRegistry } from "../registry/registry.ts";
import { parseProxyNode, toJson, translateProxy } from "./index.ts";
import { meshFromYaml, podYaml } from "./testing/mesh-from-yaml.ts";

/** What no resource of the user asks for: where traffic goes that the mesh does not know. */
const NOBODYS = /^(BlackHoleCluster|PassthroughCluster|InboundPassthroughCluster)$/;
const NOBODYS_HOSTS = /^(allow_any|block_all|inbound\|http\|0)$/;

const FILES = {
  "services.yaml": `
apiVersion: v1
kind: Service
metadata: { name: reviews }
spec: { selector: { app: reviews }, ports: [{ name: http, port: 9080 }, { name: tcp, port: 9090 }] }
---
apiVersion: v1
kind: Service
metadata: { name: ratings }
spec: { selector: { app: ratings }, ports: [{ name: http, port: 9080 }] }
`,
  "rules.yaml": `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ratings }
spec: { host: ratings, subsets: [{ name: v1, labels: { version: v1 } }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ratings }
spec:
  hosts: [ratings]
  http: [{ route: [{ destination: { host: ratings, subset: v1 } }] }]
`,
  "ingress.yaml": `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: ingress }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ingress }
spec:
  hosts: ["*"]
  gateways: [ingress]
  http: [{ route: [{ destination: { host: reviews, port: { number: 9080 } } }] }]
`,
  "strict.yaml": `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: strict, namespace: istio-system }
spec: { mtls: { mode: STRICT } }
`,
  "pod.yaml": podYaml({
    name: "reviews-v1-0",
    namespace: "default",
    address: "192.0.2.10",
    serviceAccount: "reviews",
    labels: { app: "reviews" },
    port: 9080,
  }),
};

const SIDECAR = "sidecar~192.0.2.10~reviews-v1-0.default~default.svc.cluster.local";
const GATEWAY = "router~192.0.2.20~gateway-0.istio-system~istio-system.svc.cluster.local";
const NODES = {
  "an explicit sidecar": {
    id: SIDECAR,
    metadata: {
      LABELS: { app: "reviews" },
      INTERCEPTION_MODE: "NONE",
      HTTP_PROXY_PORT: "15001",
    },
  },
  "a capturing sidecar": { id: SIDECAR, metadata: { LABELS: { app: "reviews" } } },
  "a gateway": { id: GATEWAY, metadata: { LABELS: { istio: "ingressgateway" } } },
} as const;

for (const [name, node] of Object.entries(NODES)) {
  const resources = translate(node);

  test(`every cluster of ${name} says which line it came from`, () => {
    const clusters = resources.clusters.filter((each) => !NOBODYS.test(nameOf(each)));
    assert(clusters.length > 2);
    for (const cluster of clusters) assertPlace(originOf(cluster), nameOf(cluster));
  });

  test(`every route of ${name} says which line it came from`, () => {
    const hosts = [...findAll(resources.routes, "virtual_hosts"), ...inlineHosts(resources)];
    const routes = hosts
      .filter((each) => !NOBODYS_HOSTS.test(nameOf(each)))
      .flatMap((host) => (host.routes ?? []) as Fields[]);
    assert(routes.length > 0);
    for (const route of routes) assertPlace(originOf(route), JSON.stringify(route));
  });
}

test("a rule's origin is its VirtualService, a subset's its DestinationRule", () => {
  const { clusters, routes } = translate(NODES["a capturing sidecar"]);
  const subset = clusters.find(
    (each) => nameOf(each) === "outbound|9080|v1|ratings.default.svc.cluster.local",
  );
  assert.deepEqual(place(originOf(subset)), "DestinationRule default/ratings rules.yaml:5");
  const host = findAll(routes, "virtual_hosts").find((each) => nameOf(each).startsWith("ratings."));
  const [route] = (host?.routes ?? []) as Fields[];
  assert.deepEqual(place(originOf(route)), "VirtualService default/ratings rules.yaml:12");
});

test("an inbound chain says which PeerAuthentication decided what it accepts", () => {
  for (const node of [NODES["an explicit sidecar"], NODES["a capturing sidecar"]]) {
    const inbound = translate(node).listeners.filter(
      (each) => each.traffic_direction === "INBOUND",
    );
    const chains = findAll(inbound, "filter_chains").filter((each) => "transport_socket" in each);
    assert(chains.length > 0);
    for (const chain of chains) {
      const policy = metadataOf(chain)["weft.dev/policy"];
      assert.equal(place(policy), "PeerAuthentication istio-system/strict strict.yaml:2");
    }
  }
});

type Fields = { readonly [key: string]: JsonValue };
type Resources = { readonly [kind in "clusters" | "listeners" | "routes"]: readonly Fields[] };

function translate(node: Parameters<typeof parseProxyNode>[0]): Resources {
  const mesh = meshFromYaml(FILES);
  return toJson(
    translateProxy(mesh, createRegistry(mesh), parseProxyNode(node)),
  ) as unknown as Resources;
}

function inlineHosts({ listeners }: Resources): readonly Fields[] {
  return findAll(listeners, "virtual_hosts");
}

/** The elements of each list that stands under `key` anywhere in `value`. */
function findAll(value: JsonValue | readonly Fields[], key: string): readonly Fields[] {
  if (Array.isArray(value)) return value.flatMap((each) => findAll(each, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as Fields).flatMap(([name, each]) =>
    name === key ? (each as Fields[]) : findAll(each, key),
  );
}

function nameOf({ name }: Fields): string {
  return String(name ?? "");
}

function metadataOf(part: Fields | undefined): Fields {
  const metadata = part?.metadata as Fields | undefined;
  return (metadata?.filter_metadata ?? {}) as Fields;
}

function originOf(part: Fields | undefined): JsonValue | undefined {
  return metadataOf(part)["weft.dev/origin"];
}

function assertPlace(origin: JsonValue | undefined, what: string): void {
  assert.match(place(origin), /^\w+ [\w-]+\/\w[\w-]* \w+\.yaml:[1-9]\d*$/, what);
}

function place(origin: JsonValue | undefined): string {
  const { kind, namespace, name, file, line } = (origin ?? {}) as Fields;
  return `${kind} ${namespace}/${name} ${file}:${line}`;
}
