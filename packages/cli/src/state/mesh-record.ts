import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { meshesFolder, StateFolder } from "./state-folder.ts";
import { stateOwner } from "./state-lock.ts";

/** One process of a mesh. */
export interface ProcessRecord {
  readonly pid: number | undefined;
  readonly state: string;
  readonly restarts: number;
  readonly log: string;
}

/** One workload instance or gateway. */
export interface WorkloadRecord {
  readonly pod: string;
  readonly namespace: string;
  readonly workload: string;
  readonly address: string;
  readonly adminPort: number;
  readonly outboundPort: number;
  readonly prometheusPort: number;
  /** Container port → port bound by the sidecar; a gateway: server port → port bound. */
  readonly bindPorts: Readonly<Record<string, number>>;
  /** Container port → port of 127.0.0.1 that the application listens on; empty for a gateway. */
  readonly appPorts: Readonly<Record<string, number>>;
  readonly isReady: boolean;
  readonly proxyKind: "weft" | "envoy" | "none";
  readonly proxy: ProcessRecord;
  readonly apps: readonly ProcessRecord[];
}

/** What runs, written to `STATE/run/mesh.json` after each change; `weft run` and tools read it. */
export interface MeshRecord {
  readonly pid: number;
  readonly state: string;
  readonly block: string;
  readonly controlPlane: ProcessRecord & {
    readonly address: string;
    readonly xdsPort: number;
    readonly httpPort: number;
  };
  readonly gateways: readonly WorkloadRecord[];
  readonly workloads: readonly WorkloadRecord[];
  readonly urls: readonly string[];
  /** The folders and files that the mesh reads; absolute. */
  readonly resources: readonly string[];
  /** From `weft up` to everything ready; absent before. */
  readonly readyAfterMs?: number;
}

/** Writes the record in one step. */
export function writeMeshRecord(folder: StateFolder, record: MeshRecord): void {
  folder.write(folder.meshRecord, `${JSON.stringify(record, null, 2)}\n`);
}

/** The record of the mesh that runs in `folder`; `undefined` when none does. */
export function readMeshRecord(folder: StateFolder): MeshRecord | undefined {
  if (stateOwner(folder) === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(folder.meshRecord, "utf8")) as MeshRecord;
  } catch {
    return undefined;
  }
}

/** The state folders of the meshes that run now. */
export function findRunningMeshes(stateHome: string): readonly StateFolder[] {
  const home = meshesFolder(stateHome);
  return namesIn(home)
    .map((name) => new StateFolder(join(home, name)))
    .filter((folder) => stateOwner(folder) !== undefined);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
