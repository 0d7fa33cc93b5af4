import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meshFromYaml } from "../translate/testing/mesh-from-yaml.ts";
import { createRegistry } from "./registry.ts";

const CLIENT = { namespace: "music", labels: { app: "player" } };
const GATEWAY = { namespace: "istio-system", labels: { istio: "ingressgateway" } };

describe("the rule that a client obeys", () => {
  test("is of its own namespace, else the service's, else the root namespace's", () => {
    const rules = [rule("root", "istio-system"), rule("service", "books"), rule("client", "music")];
    assert.equal(find(CLIENT, rules), "client");
    assert.equal(find(CLIENT, rules.slice(0, 2)), "service");
    assert.equal(find(CLIENT, rules.slice(0, 1)), "root");
    assert.equal(find(CLIENT, []), undefined);
  });

  test("is not another namespace's", () => {
    assert.equal(find(CLIENT, [rule("elsewhere", "films")]), undefined);
  });

  test("is the service's for a gateway in the root namespace, whose rules are for everybody", () => {
    const rules = [
      rule("root", "istio-system", { host: "*.cluster.local" }),
      rule("service", "books"),
    ];
    assert.equal(find(GATEWAY, rules), "service");
    assert.equal(find(GATEWAY, rules.slice(0, 1)), "root");
  });

  test("is the root namespace's own for a gateway in it, where nobody else sees it", () => {
    const rules = [rule("own", "istio-system", { exportTo: ["."] }), rule("service", "books")];
    assert.equal(find(GATEWAY, rules), "own");
    assert.equal(find(CLIENT, rules), "service");
  });

  test("is one that the client sees", () => {
    const hidden = rule("hidden", "books", { exportTo: ["."] });
    assert.equal(find(CLIENT, [hidden, rule("root", "istio-system")]), "root");
    assert.equal(find({ namespace: "books", labels: {} }, [hidden]), "hidden");
  });

  test("has the narrowest host of a namespace, but the nearer namespace goes first", () => {
    const wide = rule("wide", "books", { host: "*.svc.cluster.local" });
    const exact = rule("exact", "books");
    assert.equal(find(CLIENT, [wide, exact]), "exact");
    assert.equal(find(CLIENT, [exact, rule("near", "music", { host: "*.cluster.local" })]), "near");
  });

  test("is one that selects the client before one for all, in its own namespace only", () => {
    const selects = { workloadSelector: { matchLabels: { app: "player" } } };
    const all = rule("all", "music");
    assert.equal(find(CLIENT, [all, rule("some", "music", selects)]), "some");
    assert.equal(find({ ...CLIENT, labels: {} }, [all, rule("some", "music", selects)]), "all");
    assert.equal(find(CLIENT, [rule("foreign", "books", selects)]), undefined);
  });

  test("is the oldest of those whose different selectors hold", () => {
    const first = rule("a", "music", { workloadSelector: { matchLabels: { app: "player" } } });
    const both = { matchLabels: { app: "player", version: "v1" } };
    const second = rule("b", "music", { workloadSelector: both, subsets: [{ name: "v1" }] });
    const client = { ...CLIENT, labels: { app: "player", version: "v1" } };
    assert.deepEqual(findRule(client, [first, second])?.subsets, []);
  });
});

describe("several rules of one namespace for one host", () => {
  const older = { createdAt: "2026-01-01T00:00:00Z" };
  const younger = { createdAt: "2026-02-01T00:00:00Z" };
  const random = { trafficPolicy: { loadBalancer: { simple: "RANDOM" } } };
  const roundRobin = { trafficPolicy: { loadBalancer: { simple: "ROUND_ROBIN" } } };

  test("add up their subsets; of one name the older one's counts", () => {
    const v1 = { subsets: [{ name: "v1", labels: { version: "v1" } }] };
    const others = { subsets: [{ name: "v1", labels: { version: "no" } }, { name: "v2" }] };
    const found = findRule(CLIENT, [
      rule("b", "books", { ...others, ...younger }),
      rule("a", "books", { ...v1, ...older }),
    ]);
    assert.deepEqual(
      found?.subsets.map(({ name, labels }) => [name, labels]),
      [
        ["v1", { version: "v1" }],
        ["v2", {}],
      ],
    );
  });

  test("have the older one's policy, or the younger's where it has none", () => {
    const both = [
      rule("b", "books", { ...random, ...younger }),
      rule("a", "books", { ...roundRobin, ...older }),
    ];
    assert.equal(findRule(CLIENT, both)?.trafficPolicy.loadBalancer?.simple, "ROUND_ROBIN");
    const one = [rule("b", "books", { ...random, ...younger }), rule("a", "books", older)];
    assert.equal(findRule(CLIENT, one)?.trafficPolicy.loadBalancer?.simple, "RANDOM");
  });

  test("are the same object each time", () => {
    const mesh = meshOf([rule("a", "books"), rule("b", "books")]);
    const registry = createRegistry(mesh);
    const [service] = mesh.services;
    assert(service);
    const first = registry.destinationRule(CLIENT, service);
    assert.equal(registry.destinationRule(GATEWAY, service), first);
  });
});

type Client = Parameters<ReturnType<typeof createRegistry>["destinationRule"]>[0];

function rule(name: string, namespace: string, fields: Record<string, unknown> = {}): object {
  const { createdAt, ...spec } = fields;
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: {
      name,
      namespace,
      ...(createdAt === undefined ? {} : { creationTimestamp: createdAt }),
    },
    spec: { host: "reviews.books.svc.cluster.local", ...spec },
  };
}

function meshOf(rules: readonly object[]) {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "reviews", namespace: "books" },
    spec: { ports: [{ name: "http", port: 80 }] },
  };
  const text = [service, ...rules].map((each) => JSON.stringify(each)).join("\n---\n");
  return meshFromYaml({ "rules.yaml": text });
}

function findRule(client: Client, rules: readonly object[]) {
  const mesh = meshOf(rules);
  const [service] = mesh.services;
  assert(service);
  return createRegistry(mesh).destinationRule(client, service);
}

function find(client: Client, rules: readonly object[]): string | undefined {
  return findRule(client, rules)?.name;
}
