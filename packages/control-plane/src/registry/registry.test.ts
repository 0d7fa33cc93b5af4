import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meshFromYaml, podYaml } from "../translate/testing/mesh-from-yaml.ts";
import { createRegistry } from "./registry.ts";

describe("which service a client means by a host", () => {
  test("its own namespace's goes before an older one", () => {
    const registry = registryOf(
      entry("a", "films", { createdAt: "2026-01-01T00:00:00Z" }),
      entry("b", "music", { createdAt: "2026-02-01T00:00:00Z" }),
    );
    assert.equal(registry.service("api.example.com", "music")?.name, "b");
    assert.equal(registry.service("api.example.com", "books")?.name, "a");
  });

  test("one that it does not see is not there", () => {
    const registry = registryOf(entry("a", "films", { exportTo: ["."] }));
    assert.equal(registry.service("api.example.com", "books"), undefined);
    assert.deepEqual(registry.visibleServices("books"), []);
    assert.equal(registry.visibleServices("films").length, 1);
  });

  test("each host is there once", () => {
    const registry = registryOf(entry("a", "films"), entry("b", "music"));
    assert.deepEqual(
      registry.visibleServices("music").map(({ name }) => name),
      ["b"],
    );
  });
});

describe("which services a workload belongs to", () => {
  const service = (name: string, namespace: string, selector: object | undefined) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { ports: [{ name: "http", port: 80 }], ...(selector === undefined ? {} : { selector }) },
  });
  for (const [title, document, want] of [
    ["one whose selector holds", service("a", "books", { app: "reviews" }), ["a"]],
    ["none that asks for more labels", service("a", "books", { app: "reviews", x: "y" }), []],
    ["none of another namespace", service("a", "music", { app: "reviews" }), []],
    ["none with an empty selector", service("a", "books", {}), []],
    ["none without a selector", service("a", "books", undefined), []],
  ] as const) {
    test(title, () => {
      const found = registryOf(document).servicesSelecting("books", { app: "reviews", v: "1" });
      assert.deepEqual(
        found.map(({ name }) => name),
        want,
      );
    });
  }
});

describe("which endpoints a port has", () => {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "reviews", namespace: "books" },
    spec: { selector: { app: "reviews" }, ports: [{ name: "http", port: 80, targetPort: 9080 }] },
  };
  const pod = (name: string, labels: object, isReady = true) =>
    JSON.parse(
      podYaml({
        name,
        namespace: "books",
        address: `192.0.2.${name.length}`,
        serviceAccount: "reviews",
        labels: { app: "reviews", ...labels },
        port: 9080,
        isReady,
      }),
    ) as object;

  test("ready pods at the container's port, narrowed by labels", () => {
    const registry = registryOf(
      service,
      pod("a", { version: "v1" }),
      pod("bb", { version: "v2" }),
      pod("ccc", { version: "v1" }, false),
    );
    const [found] = registry.visibleServices("books");
    const [port] = found?.ports ?? [];
    assert(found !== undefined && port !== undefined);
    const addresses = (labels: Readonly<Record<string, string>>) =>
      registry.endpoints(found, port, labels).map((each) => `${each.address}:${each.port}`);
    assert.deepEqual(addresses({}), ["192.0.2.1:9080", "192.0.2.2:9080"]);
    assert.deepEqual(addresses({ version: "v1" }), ["192.0.2.1:9080"]);
    assert.deepEqual(addresses({ version: "v3" }), []);
  });
});

describe("which rules and gateways concern a proxy", () => {
  const virtualService = (name: string, spec: object) => ({
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name, namespace: "books" },
    spec: {
      hosts: ["api.example.com"],
      http: [{ route: [{ destination: { host: "api.example.com" } }] }],
      ...spec,
    },
  });

  test("a VirtualService is bound to the mesh unless it names gateways", () => {
    const registry = registryOf(
      virtualService("a", {}),
      virtualService("b", { gateways: ["ingress"] }),
      virtualService("c", { gateways: ["mesh", "books/ingress"], exportTo: ["."] }),
    );
    const names = (namespace: string, gateway: string) =>
      registry.virtualServices(namespace, gateway).map(({ name }) => name);
    assert.deepEqual(names("books", "mesh"), ["a", "c"]);
    assert.deepEqual(names("books", "books/ingress"), ["b", "c"]);
    assert.deepEqual(names("music", "mesh"), ["a"]);
    assert.deepEqual(names("books", "music/ingress"), []);
  });

  test("a Gateway selects routers by all of its labels; without a selector, all of them", () => {
    const gateway = (name: string, selector: object | undefined) => ({
      apiVersion: "networking.istio.io/v1",
      kind: "Gateway",
      metadata: { name, namespace: "books" },
      spec: {
        ...(selector === undefined ? {} : { selector }),
        servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*"] }],
      },
    });
    const registry = registryOf(
      gateway("one", { istio: "ingressgateway" }),
      gateway("two", { istio: "ingressgateway", app: "other" }),
      gateway("any", undefined),
    );
    const found = registry.gatewaysSelecting({ istio: "ingressgateway", app: "gateway" });
    assert.deepEqual(found.map(({ name }) => name).sort(), ["any", "one"]);
  });
});

function entry(name: string, namespace: string, fields: Record<string, unknown> = {}): object {
  const { createdAt, ...spec } = fields;
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: {
      name,
      namespace,
      ...(createdAt === undefined ? {} : { creationTimestamp: createdAt }),
    },
    spec: {
      hosts: ["api.example.com"],
      ports: [{ number: 80, name: "http", protocol: "HTTP" }],
      resolution: "DNS",
      ...spec,
    },
  };
}

function registryOf(...documents: readonly object[]) {
  const text = documents.map((each) => JSON.stringify(each)).join("\n---\n");
  return createRegistry(meshFromYaml({ "mesh.yaml": text }));
}
