import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@weft/testing";
import type { Mesh } from "../model/mesh.ts";
import { meshFromYaml } from "../translate/testing/mesh-from-yaml.ts";
import { followSource } from "./follow-source.ts";
import { createProblemBoard } from "./problem-board.ts";

test("the first configuration is a snapshot at once, later ones when 100 ms were quiet", async (t) => {
  const clock = createFakeClock();
  const resources = new AsyncDisposableStack();
  t.after(() => resources.disposeAsync());
  const snapshots: (readonly [atMs: number, services: number])[] = [];
  let change: (mesh: Mesh) => void = () => {};
  await followSource(
    {
      openSource: (onMesh) => {
        change = (mesh) => onMesh(mesh, []);
        return { start: async () => change(withServices(1)), close: async () => {} };
      },
      problems: createProblemBoard(() => {}),
      clock,
      onSnapshot: ({ mesh }) => snapshots.push([clock.nowMs(), mesh.services.length]),
    },
    resources,
  );
  assert.deepEqual(snapshots, [[0, 1]]);
  change(withServices(2));
  clock.advanceMs(99);
  change(withServices(3));
  clock.advanceMs(99);
  assert.equal(snapshots.length, 1);
  clock.advanceMs(1);
  assert.deepEqual(snapshots.at(-1), [199, 3]);
});

function withServices(count: number): Mesh {
  const documents = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: `service-${index}` },
      spec: { ports: [{ name: "http", port: 80 }] },
    }),
  );
  return meshFromYaml({ "services.yaml": documents.join("\n---\n") });
}
