import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One sidecar or gateway, and the application beside it, as `weft up` records them. */
export interface WorkloadRecord {
  readonly pod: string;
  readonly namespace: string;
  readonly kind: "workload" | "gateway";
  /** The loopback address that stands for the pod's. */
  readonly address: string;
  readonly proxyPid: number;
  /** Absent for a gateway. */
  readonly appPid?: number;
  /** Container port → port on which the application really listens, on 127.0.0.1. */
  readonly appPorts?: Readonly<Record<string, number>>;
  /** Container port → bound port: on the pod's address, for a gateway on 127.0.0.1. */
  readonly ports: Readonly<Record<string, number>>;
}

/** STATE/run/mesh.json: what runs where. */
export interface MeshRecord {
  readonly pid: number;
  readonly ready: boolean;
  readonly startedAtMs: number;
  readonly readyAtMs?: number;
  readonly controlPlane: { readonly pid: number; readonly address: string };
  readonly workloads: readonly WorkloadRecord[];
}

/** Reads the record of the mesh whose state folder is `state`; throws when there is none yet. */
export function readMeshRecord(state: string): MeshRecord {
  return JSON.parse(readFileSync(join(state, "run", "mesh.json"), "utf8"));
}
