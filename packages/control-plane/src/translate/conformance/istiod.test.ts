import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { createRegistry } from "../../registry/registry.ts";
import { parseProxyNode, toJson, translateProxy } from "../index.ts";
import { ALLOWED_DIFFERENCES, type AllowedDifference, allowedBy } from "./allowed-differences.ts";
import { findDifferences } from "./difference.ts";
import { normalise } from "./normalise.ts";
import type { ResourceLists } from "./recorded-form.ts";
import {
  HAS_RECORDINGS,
  type RecordedCase,
  recordedMesh,
  recordedResources,
} from "./recorded-input.ts";

const CASES: readonly RecordedCase[] = [
  { name: "base", samples: [], hasInput: false },
  {
    name: "routing",
    samples: [
      "bookinfo-gateway.yaml",
      "destination-rule-all.yaml",
      "virtual-service-all-v1.yaml",
      "virtual-service-reviews-90-10.yaml",
      "virtual-service-ratings-test-delay.yaml",
    ],
    hasInput: false,
  },
  { name: "traffic", samples: ["bookinfo-gateway.yaml"], hasInput: true },
  { name: "policies", samples: ["bookinfo-gateway.yaml"], hasInput: true },
];

const PROXIES = {
  "sidecar-productpage": {
    id: "sidecar~127.1.0.2~productpage-v1-0.bookinfo~bookinfo.svc.cluster.local",
    metadata: { NAMESPACE: "bookinfo", LABELS: { app: "productpage", version: "v1" } },
  },
  ingressgateway: {
    id: "router~127.1.0.100~istio-ingressgateway-0.istio-system~istio-system.svc.cluster.local",
    metadata: {
      NAMESPACE: "istio-system",
      LABELS: { app: "istio-ingressgateway", istio: "ingressgateway" },
    },
  },
} as const;

const used = new Set<AllowedDifference>();

for (const recorded of CASES) {
  for (const [proxy, node] of Object.entries(PROXIES)) {
    test(`${recorded.name}: ${proxy} gets what istiod sends`, { skip: !HAS_RECORDINGS }, () => {
      const mesh = recordedMesh(recorded);
      const { problems, ...resources } = translate(mesh, node);
      const ours = normalise(
        byName(toJson({ problems, ...resources }) as unknown as ResourceLists),
      );
      const theirs = normalise(byName(recordedResources(recorded.name, proxy)));
      const unexpected = findDifferences(theirs, ours).filter((difference) => {
        const allowed = allowedBy(difference);
        if (allowed !== undefined) used.add(allowed);
        return allowed === undefined;
      });
      assert.deepEqual(unexpected, []);
    });
  }
}

test("each allowed difference is still one", { skip: !HAS_RECORDINGS }, () => {
  const unused = ALLOWED_DIFFERENCES.filter((each) => !used.has(each));
  assert.deepEqual(
    unused.map(({ path }) => String(path)),
    [],
  );
});

function translate(
  mesh: ReturnType<typeof recordedMesh>,
  node: Parameters<typeof parseProxyNode>[0],
) {
  return translateProxy(mesh, createRegistry(mesh), parseProxyNode(node));
}

/** Resources by name: their order means nothing. */
function byName(resources: ResourceLists): JsonValue {
  const sorted: { [key: string]: JsonValue } = {};
  for (const [kind, list] of Object.entries(resources)) {
    const named = list.map((each) => [nameOf(each), each] as const);
    sorted[kind] = Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return sorted;
}

function nameOf(resource: JsonValue): string {
  const { name, cluster_name: clusterName } = resource as { [key: string]: string };
  return name ?? clusterName ?? "";
}
