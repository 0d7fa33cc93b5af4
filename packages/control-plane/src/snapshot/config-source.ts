import type { Mesh } from "../model/mesh.ts";
import type { Problem } from "../model/problem.ts";

/** Where resources come from: files, later the Kubernetes API. */
export interface ConfigSource {
  /** Reads everything once, tells it, and goes on watching. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Told the whole mesh, and all that is wrong with its sources at this moment, after each change. */
export type OnMesh = (mesh: Mesh, problems: readonly Problem[]) => void;

/** Makes a source that is not started yet. */
export type OpenConfigSource = (onMesh: OnMesh) => ConfigSource;
