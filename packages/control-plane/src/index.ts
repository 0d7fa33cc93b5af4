/**
 * The control plane: ingest, model, translate, push, CA. From here other packages get what can be
 * done with configuration alone; the servers are loaded only by whoever runs them.
 */
export { createFileConfigSource, type MeshReading, readMesh } from "./config-source/index.ts";
export { formatProblem } from "./ingest/format-problem.ts";
export type { Mesh } from "./model/mesh.ts";
export type { Problem } from "./model/problem.ts";
export type { ProxyNode } from "./model/proxy-node.ts";
export type { ProgramIo } from "./program/run-control-plane.ts";
export { createRegistry, type Registry } from "./registry/registry.ts";
export { type ProxyResources, parseProxyNode, toJson, translateProxy } from "./translate/index.ts";

import type { ProgramIo } from "./program/run-control-plane.ts";

/** Runs a control plane with the program's own arguments; settles with the exit code when it ends. */
export async function runControlPlane(argv: readonly string[], io: ProgramIo): Promise<number> {
  // gRPC and X.509 take a third of a second to load, which `weft validate` should not wait for.
  const program = await import("./program/run-control-plane.ts");
  return await program.runControlPlane(argv, io);
}
