/**
 * Files → mesh. In: paths, watched or read once. Out: the mesh, the deployments that a launcher runs,
 * and all that is wrong, after each change. Called by the control plane, `weft validate` and
 * `weft translate`.
 */
export { createFileConfigSource } from "./file-config-source.ts";
export { readMesh } from "./read-mesh.ts";
export type { MeshReading } from "./resource-store.ts";
