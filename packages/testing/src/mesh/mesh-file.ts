import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One process, as `weft up` records it. */
interface ProcessRecord {
  readonly pid?: number;
  readonly state: string;
  readonly restarts: number;
}

/** One sidecar or gateway, and the application beside it. */
export interface WorkloadRecord {
  readonly pod: string;
  readonly namespace: string;
  /** The loopback address that stands for the pod's. */
  readonly address: string;
  readonly adminPort: number;
  readonly outboundPort: number;
  readonly prometheusPort: number;
  /** Container port → port that the sidecar binds; a gateway: server port → port on 127.0.0.1. */
  readonly bindPorts: Readonly<Record<string, number>>;
  /** Container port → port on which the application really listens, on 127.0.0.1. */
  readonly appPorts: Readonly<Record<string, number>>;
  readonly isReady: boolean;
  readonly proxy: ProcessRecord;
  readonly apps: readonly ProcessRecord[];
}

/** What tests read of STATE/run/mesh.json: what runs where. */
export interface MeshRecord {
  readonly pid: number;
  readonly state: string;
  readonly controlPlane: ProcessRecord & { readonly address: string; readonly httpPort: number };
  readonly gateways: readonly WorkloadRecord[];
  readonly workloads: readonly WorkloadRecord[];
  /** From `weft up` to everything ready; absent before. */
  readonly readyAfterMs?: number;
}

/** Reads the record of the mesh whose state folder is `state`; throws when there is none yet. */
export function readMeshRecord(state: string): MeshRecord {
  return JSON.parse(readFileSync(join(state, "run", "mesh.json"), "utf8"));
}

/** Every process that the record names. */
export function recordedPids({ controlPlane, gateways, workloads }: MeshRecord): readonly number[] {
  const beside = [...gateways, ...workloads].flatMap(({ proxy, apps }) => [proxy, ...apps]);
  return [controlPlane, ...beside].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
}
