import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { createRegistry } from "../../registry/registry.ts";
import { parseProxyNode, toJson, translateProxy } from "../index.ts";
import { ALLOWED_DIFFERENCES, type AllowedDifference, allowedBy } from "./allowed-differences.ts";
import { findDifferences } from "./difference.ts";
import { normalise } from "./normalise.ts";
import { RECORDED_CASES, RECORDED_PROXIES } from "./recorded-cases.ts";
import type { ResourceLists } from "./recorded-form.ts";
import { HAS_RECORDINGS, recordedMesh, recordedResources } from "./recorded-input.ts";

const used = new Set<AllowedDifference>();

for (const recorded of RECORDED_CASES) {
  for (const [proxy, node] of Object.entries(RECORDED_PROXIES)) {
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
