/** What end-to-end tests share: real processes, loads and identities. Apart from the fakes of index.ts,
 * which unit tests use, because loading it takes a while. */
export { eventually, Hopeless, type Patience } from "./eventually.ts";
export { type Answer, type AskOptions, ask } from "./http/ask.ts";
export { type LoadOptions, type LoadReport, load } from "./http/load.ts";
export { createJoinToken, joinMesh, type MeshCredentials } from "./identity/join-mesh.ts";
export {
  type Credentials,
  createTestAuthority,
  type TestAuthority,
} from "./identity/test-authority.ts";
export {
  type MeshRecord,
  readMeshRecord,
  recordedPids,
  type WorkloadRecord,
} from "./mesh/mesh-file.ts";
export { type MeshOptions, type RunningMesh, startMesh } from "./mesh/start-mesh.ts";
export { weftCommand } from "./mesh/weft-command.ts";
export { freePort } from "./process/free-port.ts";
export {
  cpuMicroseconds,
  isAlive,
  processesMarked,
  residentBytes,
} from "./process/process-table.ts";
export { type Program, type ProgramOptions, startProgram } from "./process/program.ts";
