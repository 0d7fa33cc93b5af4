import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meshFromYaml } from "../translate/testing/mesh-from-yaml.ts";
import { effectiveMtlsPolicy } from "./mtls-mode.ts";

const LABELS = { app: "reviews" };
const SELECTOR = { matchLabels: LABELS };

describe("mutual TLS is decided by the nearest PeerAuthentication", () => {
  test("none: both are accepted", () => assert.deepEqual(decide([], 9080), "PERMISSIVE by nobody"));

  for (const mode of ["STRICT", "PERMISSIVE", "DISABLE"]) {
    const levels = {
      mesh: policy("mesh", "istio-system", { mtls: { mode } }),
      namespace: policy("namespace", "books", { mtls: { mode } }),
      workload: policy("workload", "books", { selector: SELECTOR, mtls: { mode } }),
      port: policy("port", "books", { selector: SELECTOR, portLevelMtls: { 9080: { mode } } }),
    };
    for (const [level, document] of Object.entries(levels)) {
      test(`${mode} at the level of the ${level}`, () => {
        assert.equal(decide([document], 9080), `${mode} by ${level}`);
      });
    }
  }

  test("the nearer level wins", () => {
    const mesh = policy("mesh", "istio-system", { mtls: { mode: "STRICT" } });
    const namespace = policy("namespace", "books", { mtls: { mode: "DISABLE" } });
    const workload = policy("workload", "books", {
      selector: SELECTOR,
      mtls: { mode: "PERMISSIVE" },
      portLevelMtls: { 9080: { mode: "DISABLE" } },
    });
    assert.equal(decide([mesh, namespace], 9080), "DISABLE by namespace");
    assert.equal(decide([mesh, namespace, workload], 9080), "DISABLE by workload");
    assert.equal(decide([mesh, namespace, workload], 9081), "PERMISSIVE by workload");
  });

  test("UNSET inherits", () => {
    const mesh = policy("mesh", "istio-system", { mtls: { mode: "STRICT" } });
    const namespace = policy("namespace", "books", { mtls: { mode: "UNSET" } });
    assert.equal(decide([mesh, namespace], 9080), "STRICT by mesh");
  });

  test("a port that is UNSET inherits the workload's mode", () => {
    const port = policy("port", "books", {
      selector: SELECTOR,
      mtls: { mode: "STRICT" },
      portLevelMtls: { 9080: { mode: "UNSET" } },
    });
    assert.equal(decide([port], 9080), "STRICT by port");
  });

  test("a port's mode does not hold for the workload as a whole", () => {
    const port = policy("port", "books", {
      selector: SELECTOR,
      portLevelMtls: { 9080: { mode: "STRICT" } },
    });
    assert.equal(decide([port], undefined), "PERMISSIVE by nobody");
  });

  test("a selector without labels is none: it holds for the namespace", () => {
    const empty = policy("empty", "books", { selector: {}, mtls: { mode: "STRICT" } });
    assert.equal(decide([empty], 9080), "STRICT by empty");
  });

  test("the oldest of one level counts alone", () => {
    const younger = policy("a", "books", { mtls: { mode: "STRICT" } }, "2026-02-01T00:00:00Z");
    const older = policy("b", "books", { mtls: { mode: "DISABLE" } }, "2026-01-01T00:00:00Z");
    assert.equal(decide([younger, older], 9080), "DISABLE by b");
  });

  test("a selector in the root namespace does not make a policy the mesh's", () => {
    const root = policy("root", "istio-system", { selector: SELECTOR, mtls: { mode: "STRICT" } });
    assert.equal(decide([root], 9080), "PERMISSIVE by nobody");
  });

  test("another namespace's and another workload's do not count", () => {
    const elsewhere = policy("elsewhere", "music", { mtls: { mode: "STRICT" } });
    const other = policy("other", "books", {
      selector: { matchLabels: { app: "ratings" } },
      mtls: { mode: "STRICT" },
    });
    assert.equal(decide([elsewhere, other], 9080), "PERMISSIVE by nobody");
  });
});

function policy(name: string, namespace: string, spec: object, createdAt?: string): string {
  const apiVersion = "security.istio.io/v1";
  return JSON.stringify({
    apiVersion,
    kind: "PeerAuthentication",
    metadata: { name, namespace, ...(createdAt && { creationTimestamp: createdAt }) },
    spec,
  });
}

function decide(documents: readonly string[], port: number | undefined): string {
  const mesh = meshFromYaml({ "policies.yaml": documents.join("\n---\n") });
  const { mode, origin } = effectiveMtlsPolicy(mesh, "books", LABELS, port);
  return `${mode} by ${origin?.name ?? "nobody"}`;
}
