import type { Mesh } from "../model/mesh.ts";
import { createRegistry, type Registry } from "../registry/registry.ts";

/** The mesh at one moment, with its indexes; immutable. */
export interface Snapshot {
  /** Names this state to people, as Istio does: time of start, then a count. */
  readonly version: string;
  readonly mesh: Mesh;
  readonly registry: Registry;
  /** Monotonic; when the change that led here was seen. */
  readonly seenAtMs: number;
}

/** Numbers snapshots: `2026-01-31T12:00:00Z/7`. The time tells runs of the control plane apart. */
export function createSnapshotter(startedAtWallMs: number) {
  const startedAt = new Date(startedAtWallMs).toISOString().replace(/\.\d+Z$/, "Z");
  let count = 0;
  return (mesh: Mesh, seenAtMs: number): Snapshot => {
    count += 1;
    return { version: `${startedAt}/${count}`, mesh, registry: createRegistry(mesh), seenAtMs };
  };
}
